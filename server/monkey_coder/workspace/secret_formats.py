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
    aio_ tvly- dnkey- px-dep- s-s4t2ud- s-s4t2af- tk-us- oa2-client-id_ squ_ sqp_ sqa_ ext_ authress_
    e2b_ csk- pcsk_ tskey- sb_secret_ CFPAT-
"""
_PREFIXES = tuple(_WORDS.split())

# (kind, literals of which one must be in the text, pattern). A match begins and ends at a word's
# edge. Where the pattern has a group, the group alone is the secret.
FORMATS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("aws-key", ("AKIA", "ASIA", "ABIA", "ACCA", "A3T"), r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"),
    (
        "aws-id",
        ("AGPA", "AIDA", "AROA", "AIPA", "ANPA", "ANVA"),
        r"A(?:GP|ID|RO|IP|NP|NV)A(?=\w*\d)[A-Z0-9]{16,17}",
    ),
    ("aws-key", ("amzn.mws.",), r"amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
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
    (
        "stripe-key",
        ("k_live_", "k_test_", "k_prod_", "whsec_"),
        r"(?:[sr]k_(?:live|test|prod)_|whsec_)[A-Za-z0-9+/]{10,}",
    ),
    ("npm-token", ("npm_",), r"npm_[A-Za-z0-9]{36}"),
    ("pypi-token", ("pypi-",), r"pypi-[\w-]{50,}"),
    ("gem-key", ("rubygems_",), r"rubygems_[a-f0-9]{40,64}"),
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
    ("azure-signature", ("sig=",), r"sig=([A-Za-z0-9%/+]{40,}(?:%3[Dd]|=))"),
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
    ("api-key", ("sm_aat_", "sm_pat_", "sm_sat_"), r"sm_[aps]at_[A-Za-z0-9]{16,}"),
    ("harness-key", ("pat.", "sat."), r"[ps]at\.[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}"),
    ("cratesio-token", ("cio",), r"cio(?=\w*\d)[A-Za-z0-9]{32}"),
    ("nuget-key", ("oy2",), r"oy2[a-z0-9]{43}"),
    ("stackhawk-key", ("hawk.",), r"hawk\.[\w-]{20}\.[\w-]{20}"),
    ("azure-key", ("AZDO",), r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}"),
    ("dropbox-token", ("sl.",), r"sl\.(?:u\.)?[\w-]{120,}=*"),
    ("facebook-token", ("EAA",), r"EAA(?=\w{0,40}\d)[A-Za-z0-9]{60,}"),
    ("clickhouse-key", ("4b1d",), r"4b1d(?=\w*[A-Z])[A-Za-z0-9]{38}"),
    ("octopus-key", ("API-",), r"API-(?=[A-Z]*\d)[A-Z0-9]{25,26}"),
    ("salesforce-token", ("!",), r"00[A-Za-z0-9]{13}![\w.]{60,}"),
    ("mailchimp-key", ("-us",), r"[0-9a-f]{32}-us\d{1,2}"),
    ("plaid-token", ("access-",), r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{27}"),
    ("truenas-key", ("-",), r"\d{1,3}-(?=[A-Za-z]*\d)(?=\w*[a-z])(?=\w*[A-Z])[A-Za-z0-9]{64}"),
    ("twitter-token", ("A" * 20,), r"A{20,24}[A-Za-z0-9%]{50,120}"),
    ("thingsboard-token", ("thingsboard",), r"thingsboard\.cloud/api/v1/([A-Za-z0-9]{20})"),
    ("private-key", ("LS0tLS1CRUdJTi",), r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]{60,}"),
    ("google-key", (".apps.googleusercontent.com",), r"\d{8,14}-[a-z0-9_]{32}(?=\.apps\.googleusercontent)"),
    (
        "password-hash",
        ("$krb5",),
        r"(?<!\w)\$krb5[a-z]{2,6}\$\d\d\$[^\s$]{0,80}\$?[0-9a-f]{32}\$[0-9a-f]{64,}",
    ),
    ("password-hash", ("rounds=",), r"(?<!\w)\$[56]\$rounds=\d+\$[\w./]{4,20}\$[\w./]{40,90}"),
)

# Kinds whose literals are words around the key and no part of it.
BY_CONTEXT = frozenset(
    (
        "discord-token",
        "kubernetes-token",
        "vault-token",
        "okta-token",
        "stripe-key",
        "password-hash",
        "azure-signature",
        "django-key",
    )
)

# Keys that vendors and public test suites print for everybody, by the start of their SHA-256: of Google,
# the storage and Cosmos DB emulators of Microsoft, jwt.io, Stripe's documentation.
PUBLISHED = frozenset(
    (
        "0011cc25eb432071",
        "0b476bdf9acf2123",
        "2037abcaffb2b777",
        "27a9a42931dff7eb",
        "2cafc0970149a84f",
        "37f8f09bdf12c2f2",
        "3a8b61d0f636b007",
        "3f370c9dd8225c63",
        "49f777db995e8260",
        "4c98242dcadc8b29",
        "7f75367e78812551",
        "8731261cb72d8626",
        "a19f89ab3555eac1",
        "a6c814bc555ae62c",
        "aa6547439583c3a2",
        "dc0fcf046c61640c",
        "e4a5542bb7fd7b67",
        "ea9bb1082cf95663",
        "eb540d2b6ee2a0a4",
        "f56e323494a6ffc2",
    )
)
