"""The published formats of keys: what each begins with, and the whole of it.

Sources: the vendors' documentation, and the rule collections of gitleaks (MIT) and Nosey Parker
(Apache-2.0), from which formats were learned, not copied.
"""

from __future__ import annotations

import re

# Beginnings that say too little of themselves: what follows must look random.
_WORDS = """
    fio-u- fw_ r8_ gsk_ xai- pplx- lsv2_pt_ lsv2_sk_ figd_ sbp_ sntrys_ sntryu_ glc_ glsa_ pul- pnu_
    rdme_ p8e- pscale_tkn_ pscale_pw_ pscale_oauth_ ntn_ secret_ duffel_test_ duffel_live_ shippo_live_
    shippo_test_ ico- CLOJARS_ ops_eyJ sm_aat_ sm_pat_ sm_sat_ odt_ px-api- jina_ fc- tfp_ bkua_ nfp_
    ATBB HRKU- phc_ phx_ nvapi- tgp_v1_ key_ live_ co_api_ scauth_ sc_ v1.0- vercel_ pk.ey sk.ey
"""
_PREFIXES = tuple(_WORDS.split())

# (kind, literals of which one must be in the text, pattern). A match begins and ends at a word's
# edge. Where the pattern has a group, the group alone is the secret.
FORMATS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("aws-key", ("AKIA", "ASIA", "ABIA", "ACCA", "A3T"), r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"),
    ("aws-key", ("ABSK", "bedrock-api-key-"), r"(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/]{40,}={0,2}"),
    ("aws-key", ("da2-",), r"da2-[a-z0-9]{26}"),
    ("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{30,}"),
    ("github-token", ("github_pat_",), r"github_pat_\w{36,}"),
    (
        "gitlab-token",
        (
            "glpat-",
            "glptt-",
            "glrt-",
            "gldt-",
            "glft-",
            "glimt-",
            "glagent-",
            "glcbt-",
            "gloas-",
            "glsoat-",
            "glffct-",
        ),
        r"gl(?:pat|ptt|rt|dt|ft|imt|agent|cbt|oas|soat|ffct)-[\w.-]{16,}",
    ),
    ("gitlab-token", ("GR1348941",), r"GR1348941[\w-]{20,}"),
    ("slack-token", ("xox", "xapp-"), r"(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9/+-]{20,}"),
    (
        "slack-token",
        ("xox", "xapp-"),
        r"xox[a-z]-(?:\d-)?[0-9A-Za-z]{8,48}|xapp-\d-[A-Z0-9]{5,}-\d+-[a-z0-9]{5,}",
    ),
    ("slack-webhook", ("slack",), r"hooks\.slack\.com/(?:services|workflows|triggers)/([\w/+]{20,})"),
    (
        "webhook",
        ("webhook",),
        r"(?:office\.com/webhook\w*|discord(?:app)?\.com/api/webhooks)/([\w@/.-]{30,})",
    ),
    ("openai-key", ("T3BlbkFJ",), r"sk-[\w-]{10,}T3BlbkFJ[\w-]{10,}"),
    ("api-key", ("sk-",), r"sk-(?:ant-|proj-|svcacct-|admin-|or-v1-)?[\w-]{20,}"),
    ("google-key", ("AIza",), r"AIza[\w-]{35}"),
    ("google-key", ("GOCSPX-",), r"GOCSPX-[\w-]{20,}"),
    ("google-key", ("ya29.",), r"ya29\.[\w-]{20,}"),
    ("stripe-key", ("sk_", "rk_", "whsec_"), r"(?:[sr]k_(?:live|test|prod)_|whsec_)[A-Za-z0-9+/]{10,}"),
    ("npm-token", ("npm_",), r"npm_[A-Za-z0-9]{36}"),
    ("pypi-token", ("pypi-",), r"pypi-[\w-]{50,}"),
    ("gem-key", ("rubygems_",), r"rubygems_[a-f0-9]{48}"),
    ("sendgrid-key", ("SG.",), r"SG\.[\w=-]{16,}\.[\w=-]{12,}"),
    ("sendinblue-key", ("xkeysib-",), r"xkeysib-[a-f0-9]{40,}-\w{10,}"),
    ("vault-token", ("hvs.", "hvb.", "hvr."), r"hv[sbr]\.[\w-]{20,}"),
    ("vault-token", ("vault", "VAULT", "Vault"), r"[sbr]\.(?=\w*\d)[A-Za-z0-9]{24,26}"),
    ("vault-token", ("nseal ",), r"[Uu]nseal (?:Key \d+: )?([A-Za-z0-9+/]{40,}={0,2})"),
    ("terraform-token", (".atlasv1.",), r"[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,}"),
    ("digitalocean-token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"do[por]_v1_[a-f0-9]{64}"),
    ("shopify-token", ("shp",), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    ("linear-key", ("lin_api_", "lin_oauth_"), r"lin_(?:api|oauth)_\w{32,}"),
    ("databricks-token", ("dapi",), r"dapi[a-h0-9]{32}(?:-\d)?"),
    ("docker-token", ("dckr_",), r"dckr_\w{3}_[\w-]{20,}"),
    (
        "huggingface-token",
        ("hf_", "api_org_"),
        r"(?:hf|api_org)_[A-Za-z]{34}(?!\w)|hf_[A-Za-z0-9]{34,40}(?!\w)",
    ),
    ("age-key", ("AGE-SECRET-KEY-",), r"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    ("grafana-key", ("eyJrIjoi",), r"eyJrIjoi[A-Za-z0-9+/]{40,}={0,3}"),
    ("newrelic-key", ("NR",), r"NR(?:AK|IQ|JS|II|AA|RA)-[\w-]{16,}"),
    (
        "1password-key",
        ("A3-",),
        r"A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    ),
    ("square-key", ("sq0", "EAAA"), r"sq0[a-z]{3}-[\w-]{22,}|EAAA[\w-]{50,}"),
    ("twilio-key", ("SK",), r"SK[0-9a-fA-F]{32}"),
    ("mailgun-key", ("key-",), r"key-[0-9a-f]{32}"),
    ("mapbox-key", ("k.eyJ",), r"sk\.eyJ[\w-]{20,}\.[\w-]{15,}"),
    ("okta-token", ("okta", "OKTA", "Okta"), r"00[A-Za-z0-9_-]{40}"),
    ("alibaba-key", ("LTAI",), r"LTAI[a-zA-Z0-9]{16,24}"),
    ("artifactory-key", ("cmVmd", "AKCp"), r"cmVmd[A-Za-z0-9]{50,}|AKCp[A-Za-z0-9]{60,}"),
    ("yandex-key", ("AQVN", "YC", "t1."), r"AQVN[\w-]{30,}|YC[\w-]{38}|t1\.[\w-]+=*\.[\w-]{80,}=*"),
    ("facebook-token", ("EAA",), r"EAA[MC][A-Za-z0-9]{50,}"),
    ("easypost-key", ("EZAK", "EZTK"), r"EZ[AT]K[A-Za-z0-9]{54}"),
    ("flutterwave-key", ("FLW",), r"FLW(?:SECK|PUBK)_(?:TEST-)?[A-Za-z0-9-]{12,}"),
    ("dynatrace-token", ("dt0",), r"dt0[a-z]\d\d\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}"),
    ("doppler-token", ("dp.",), r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{30,}"),
    ("fly-token", ("fo1_", "fm1", "fm2_"), r"(?:fo1_|fm1[ar]_|fm2_)[\w+/=-]{40,}"),
    ("atlassian-token", ("ATATT", "ATCTT"), r"AT[AC]TT3[\w=-]{60,}"),
    ("postman-key", ("PMAK-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    ("telegram-token", (":A",), r"\d{7,10}:A[\w-]{33,35}"),
    (
        "discord-token",
        ("discord", "DISCORD", "Discord", "Bot "),
        r"[MNO][\w-]{23,26}\.[\w-]{6}\.[\w-]{27,40}",
    ),
    ("linkedin-key", ("WPL_AP1.",), r"WPL_AP1\.\w+\.[\w=+/]+"),
    ("azure-key", ("Q~",), r"(?<![\w.~-])[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])"),
    ("openshift-token", ("sha256~",), r"sha256~[\w-]{43}"),
    ("sourcegraph-token", ("sgp_",), r"sgp_(?:(?:local|[a-f0-9]{16})_)?[a-f0-9]{40}|sgp_[A-Za-z0-9]{60,}"),
    (
        "azure-key",
        ("AzFu", "ACDb", "+ASt", "AIoT", "APIM"),
        r"[A-Za-z0-9+/]{40,}(?:AzFu|ACDb|\+ASt|AIoT|APIM)\w+==?",
    ),
    ("jwt", ("eyJ",), r"eyJ[\w-]{10,}={0,2}\.[\w-]{10,}={0,2}(?:\.[\w-]{10,}={0,2})?"),
    ("jwt", ("ZXlK",), r"ZXlK[A-Za-z0-9+/_=\\\r\n-]{60,}"),
    ("maxmind-key", ("_mmk",), r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
    ("password-hash", ("$1$", "$5$", "$6$", "$8$", "$9$"), r"(?<!\w)\$[15689]\$[\w./-]{4,20}\$[\w./]{20,90}"),
    ("django-key", ("django-insecure-",), r"django-insecure-[^\s\"'`]{20,}"),
    (
        "kubernetes-token",
        ("bootstrap", "BOOTSTRAP", "kubeadm", "token-id"),
        r"(?<![\w.])[a-z0-9]{6}\.[a-z0-9]{16}(?![\w.])",
    ),
    (
        "api-key",
        _PREFIXES,
        rf"(?:{'|'.join(map(re.escape, _PREFIXES))})[\w.=+/:~-]{{16,}}",
    ),
    ("api-key", ("pat",), r"pat[A-Za-z0-9]{14}\.[\w]{30,}"),
)

# Kinds whose literals are words around the key and no part of it.
BY_CONTEXT = frozenset(("discord-token", "kubernetes-token", "vault-token", "okta-token"))
