"""Secrets of kinds that vendors describe, drawn anew, in the surroundings they are met in.

None was ever issued: each is drawn at random to the published format of its kind.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable

import pytest

from monkey_coder.context.redact import redact

_rng = random.Random()  # Each test seeds it, so that its draws do not depend on the order of tests.
ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
B64 = ALNUM + "+/"
URL64 = ALNUM + "_-"
Drawn = Callable[[], str]


def drawn(n: int, alphabet: str = ALNUM) -> str:
    """Return `n` characters, with a digit and a letter among them as nearly all keys have."""
    while True:
        text = "".join(_rng.choice(alphabet) for _ in range(n))
        if any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and text[-1].isalnum():
            return text


def digits(n: int) -> str:
    return str(_rng.randint(10 ** (n - 1), 10**n - 1))


def uuid() -> str:
    return "-".join(drawn(n, HEX) for n in (8, 4, 4, 4, 12))


def password() -> str:
    word = _rng.choice(("Quartz", "harbor", "Tulip", "basalt", "Lemur", "orchid", "Falcon"))
    return f"{word}{_rng.choice('!%.?-_')}{drawn(_rng.randint(5, 9))}"


def jwt() -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": drawn(9), "iat": _rng.randint(10**9, 2 * 10**9)})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, drawn(43, URL64)))


# Known by their own shape, wherever they stand.
SHAPED: dict[str, Drawn] = {
    "AWS access key": lambda: "AKIA" + drawn(16, string.ascii_uppercase + "234567"),
    "AWS temporary key": lambda: "ASIA" + drawn(16, string.ascii_uppercase + "234567"),
    "Google API key": lambda: "AIza" + drawn(35, URL64),
    "Google OAuth secret": lambda: "GOCSPX-" + drawn(28, URL64),
    "Azure AD client secret": lambda: f"{drawn(3)}{_rng.randint(0, 9)}Q~{drawn(34, ALNUM + '_-.~')}",
    "Azure storage key": lambda: drawn(76, B64) + "+ASt" + drawn(6) + "==",
    "GitHub classic": lambda: "ghp_" + drawn(36),
    "GitHub OAuth": lambda: "gho_" + drawn(36),
    "GitHub fine-grained": lambda: f"github_pat_{drawn(22)}_{drawn(59)}",
    "GitLab personal": lambda: "glpat-" + drawn(20, URL64),
    "GitLab deploy": lambda: "gldt-" + drawn(20, URL64),
    "GitLab runner": lambda: "glrt-" + drawn(20, URL64),
    "Slack bot": lambda: f"xoxb-{digits(12)}-{digits(12)}-{drawn(24)}",
    "Slack app": lambda: f"xapp-1-A0{drawn(9, LOWER.upper())}-{digits(13)}-{drawn(64, HEX)}",
    "Stripe live": lambda: "sk_live_" + drawn(24),
    "Stripe restricted": lambda: "rk_live_" + drawn(24),
    "Stripe webhook": lambda: "whsec_" + drawn(32),
    "Twilio API key": lambda: "SK" + drawn(32, HEX),
    "SendGrid": lambda: f"SG.{drawn(22, URL64)}.{drawn(43, URL64)}",
    "Mailgun": lambda: "key-" + drawn(32, HEX),
    "Mailchimp": lambda: drawn(32, HEX) + "-us14",
    "npm": lambda: "npm_" + drawn(36),
    "PyPI": lambda: "pypi-AgEIcHlwaS5vcmc" + drawn(150, URL64),
    "Gem host": lambda: "rubygems_" + drawn(48, HEX),
    "Docker Hub": lambda: "dckr_pat_" + drawn(27, URL64),
    "OpenAI project": lambda: f"sk-proj-{drawn(74, URL64)}T3BlbkFJ{drawn(74, URL64)}",
    "OpenAI classic": lambda: f"sk-{drawn(20)}T3BlbkFJ{drawn(20)}",
    "Anthropic": lambda: f"sk-ant-api03-{drawn(93, URL64)}AA",
    "Hugging Face": lambda: "hf_" + "".join(_rng.choice(string.ascii_letters) for _ in range(34)),
    "Groq": lambda: "gsk_" + drawn(52),
    "xAI": lambda: "xai-" + drawn(80),
    "OpenRouter": lambda: "sk-or-v1-" + drawn(64, HEX),
    "Replicate": lambda: "r8_" + drawn(37),
    "DigitalOcean": lambda: "dop_v1_" + drawn(64, HEX),
    "Shopify": lambda: "shpat_" + drawn(32, HEX),
    "Linear": lambda: "lin_api_" + drawn(40),
    "Notion": lambda: "ntn_" + drawn(46),
    "Databricks": lambda: "dapi" + drawn(32, HEX),
    "Vault service": lambda: "hvs." + drawn(95, URL64),
    "Terraform Cloud": lambda: f"{drawn(14)}.atlasv1.{drawn(67, URL64)}",
    "Pulumi": lambda: "pul-" + drawn(40, HEX),
    "Grafana service account": lambda: f"glsa_{drawn(32)}_{drawn(8, HEX)}",
    "New Relic": lambda: "NRAK-" + drawn(27, string.ascii_uppercase + string.digits),
    "Postman": lambda: f"PMAK-{drawn(24, HEX)}-{drawn(34, HEX)}",
    "Doppler": lambda: "dp.pt." + drawn(43),
    "Telegram bot": lambda: f"{_rng.randint(10**9, 10**10 - 1)}:AA{drawn(33, URL64)}",
    "Figma": lambda: "figd_" + drawn(40, URL64),
    "PlanetScale": lambda: "pscale_tkn_" + drawn(43, URL64),
    "Supabase": lambda: "sbp_" + drawn(40, HEX),
    "Atlassian": lambda: f"ATATT3{drawn(180, URL64)}={drawn(8, HEX).upper()}",
    "Sentry user": lambda: "sntryu_" + drawn(64, HEX),
    "Square": lambda: "sq0atp-" + drawn(22, URL64),
    "age": lambda: "AGE-SECRET-KEY-1" + drawn(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    "Artifactory": lambda: "AKCp" + drawn(69),
    "1Password account": lambda: "ops_eyJ" + drawn(250),
    "Dynatrace": lambda: f"dt0c01.{drawn(24, LOWER.upper())}.{drawn(64, LOWER.upper())}",
    "Airtable": lambda: f"pat{drawn(14)}.{drawn(64, HEX)}",
    "Cloudflare origin CA": lambda: f"v1.0-{drawn(24, HEX)}-{drawn(146, HEX)}",
    "Facebook page": lambda: "EAAC" + drawn(120),
    "JSON web token": jwt,
}

# What they stand in. `NAME` is a name in capitals that a user gives such a key.
PLACES = {
    "python": 'client = Client("{}")',
    "name": '{name} = "{}"',
    "environment": "{name}={}",
    "export": "export {name}='{}'",
    "shell call": 'curl -H "Authorization: Bearer {}" https://api.vendor.dev/v1/things',
    "query": "https://api.vendor.dev/v1?access_token={}&n=3",
    "yaml": "services:\n  api:\n    {lower}: {}\n    port: 80",
    "yaml list": "env:\n  - name: {name}\n    value: {}",
    "json": '{{"{lower}": "{}", "port": 80}}',
    "escaped json": '"{{\\"{lower}\\": \\"{}\\"}}"',
    "toml": '[vendor]\n{lower} = "{}"',
    "xml": '<add key="{name}" value="{}"/>',
    "element": "<{lower}>{}</{lower}>",
    "go": 'const {lower} = "{}"',
    "terraform": 'variable "{lower}" {{\n  default = "{}"\n}}',
    "docker": "ENV {name}={}",
    "diff": "@@ -1 +1 @@\n-{name} = ''\n+{name} = '{}'",
    "markdown": "Use `{}` as the key.",
    "comment": "# works with {}",
    "log": "2026-11-22 10:11:12 INFO request failed for {} (401)",
    "github actions": "        env:\n          {name}: {}",
    "ini": "[vendor]\n{lower}={}",
    "java": 'private static final String {name} = "{}";',
    "html": '<script>init("{}")</script>',
    "notebook": '{{"cells": [{{"source": ["{lower} = \\"{}\\"\\n"]}}]}}',
}

# Known by what is said around them, in places of their own: (text before, secret, text after).
SET: dict[str, tuple[str, Drawn, str]] = {
    "AWS secret": ("aws_secret_access_key = ", lambda: drawn(40, B64), "\n"),
    "AWS secret in code": ('aws_secret_access_key="', lambda: drawn(40, B64), '",'),
    "AWS session": ("AWS_SESSION_TOKEN=", lambda: "FwoGZXIvYXdzE" + drawn(180, B64), ""),
    "Azure connection": ("AccountName=shop;AccountKey=", lambda: drawn(86, B64) + "==", ";EndpointSuffix=c"),
    "Azure SAS": ("?sv=2022-11-02&sp=r&sig=", lambda: drawn(43) + "%3D", "&se=2027"),
    "Service bus": ("SharedAccessKeyName=root;SharedAccessKey=", lambda: drawn(43, B64) + "=", ""),
    "Twilio auth token": ('TWILIO_AUTH_TOKEN="', lambda: drawn(32, HEX), '"'),
    "Datadog": ("DD_API_KEY=", lambda: drawn(32, HEX), ""),
    "Heroku": ("HEROKU_API_KEY=", uuid, ""),
    "Cloudflare": ("CLOUDFLARE_API_TOKEN: ", lambda: drawn(40, URL64), ""),
    "npmrc": ("//registry.npmjs.org/:_authToken=", uuid, ""),
    "npmrc auth": ("_auth=", lambda: drawn(43, B64) + "=", ""),
    "pypirc": ("[pypi]\nusername = anna\npassword = ", password, "\n"),
    "netrc": ("machine api.vendor.dev login anna password ", password, "\n"),
    "netrc lines": ("machine api.vendor.dev\n  login anna\n  password ", password, "\n"),
    "docker config": ('{"auths": {"https://index.docker.io/v1/": {"auth": "', lambda: drawn(40), '"}}}'),
    "kube config token": ("users:\n- name: dev\n  user:\n    token: ", lambda: drawn(64), "\n"),
    "kube config key": (
        "    client-key-data: ",
        lambda: "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ" + drawn(400),
        "\n",
    ),
    "kube secret": ("kind: Secret\ndata:\n  password: ", lambda: drawn(24) + "==", "\n"),
    "Terraform": ('provider "vendor" {\n  token = "', lambda: drawn(40), '"\n}'),
    "Terraform variables": ('db_password = "', password, '"'),
    "PostgreSQL": ("postgresql://app:", password, "@db.shop.internal:5432/shop"),
    "MySQL": ("mysql://root:", password, "@10.1.2.3/shop"),
    "MongoDB": ("mongodb+srv://app:", password, "@cluster0.mongodb.net/?retryWrites=true"),
    "Redis": ("redis://:", password, "@cache.shop.internal:6379/0"),
    "AMQP": ("amqps://guest:", password, "@mq.shop.internal/vhost"),
    "git": ("git clone https://anna:", password, "@git.shop.internal/a.git"),
    "proxy": ("HTTPS_PROXY=http://anna:", password, "@proxy.shop.internal:3128"),
    "JDBC": ("jdbc:mysql://db/shop?user=app&password=", password, ""),
    "ODBC": ("Driver={SQL Server};Server=db;Uid=app;Pwd=", password, ";"),
    "ADO": ('"Server=db;User Id=app;Password=', password, ';"'),
    "Basic": ("Authorization: Basic ", lambda: drawn(30) + "==", ""),
    "Django": ("SECRET_KEY = 'django-insecure-", lambda: drawn(50, ALNUM + "!@#$%^&*(-_=+)"), "'"),
    "Flask": ("app.secret_key = '", lambda: drawn(32, HEX), "'"),
    "Rails": ("secret_key_base: ", lambda: drawn(128, HEX), ""),
    "Laravel": ("APP_KEY=base64:", lambda: drawn(43, B64) + "=", ""),
    "Spring": ("spring.datasource.password=", password, "\n"),
    "WordPress": ("define( 'DB_PASSWORD', '", password, "' );"),
    "WordPress salt": (
        "define('AUTH_KEY', '",
        lambda: drawn(64, ALNUM + "!@#%^&*()-_[]{}<>~+=,.;:/?|"),
        "');",
    ),
    "compose": ("    environment:\n      POSTGRES_PASSWORD: ", password, "\n"),
    "compose list": ("    environment:\n      - POSTGRES_PASSWORD=", password, "\n"),
    "Ansible": ("ansible_become_pass: ", password, "\n"),
    "Java": ('config.setPassword("', password, '");'),
    "Python call": ('connect(host="db", user="app", password="', password, '")'),
    "Go": ('Password: "', password, '",'),
    "Swift": ('let apiKey = "', lambda: drawn(32), '"'),
    "Kotlin": ('val apiKey: String = "', lambda: drawn(32), '"'),
    "PHP": ("$password = '", password, "';"),
    "Ruby": (":password => '", password, "'"),
    "C#": ('public string ApiKey { get; set; } = "', lambda: drawn(32), '";'),
    "command line": ("./deploy --api-key=", lambda: drawn(32), " --yes"),
    "command line apart": ("./deploy --token ", lambda: drawn(40), " --yes"),
    "curl": ("curl -u anna:", password, " https://api.vendor.dev"),
    "mysql": ("mysqldump -u root -p", password, " shop"),
    "sshpass": ("sshpass -p '", password, "' ssh db"),
    "header": ("X-Api-Key: ", lambda: drawn(40), ""),
    "header in code": ('headers = {"x-api-key": "', lambda: drawn(40), '"}'),
    "cookie": ("Cookie: session_token=", lambda: drawn(40), "; theme=dark"),
    "wifi": ('psk="', password, '"'),
    "WireGuard": ("PrivateKey = ", lambda: drawn(43, B64) + "=", ""),
    "OAuth": ("client_secret=", lambda: drawn(40), "&grant_type=refresh_token"),
    "Slack webhook": ("https://hooks.slack.com/services/T0AB12CD3/B0AB12CD3/", lambda: drawn(24), ""),
    "Discord webhook": ("https://discord.com/api/webhooks/112233445566778899/", lambda: drawn(68, URL64), ""),
    "prose": ("the admin password is '", password, "' until Monday"),
    "shadow": ("root:$6$", lambda: f"{drawn(16)}${drawn(86, ALNUM + './')}", ":19000:0:99999:7:::"),
    "encrypted key": (
        "-----BEGIN OPENSSH PRIVATE KEY-----\n",
        lambda: "\n".join(drawn(70, B64) for _ in range(5)),
        "\n-----END OPENSSH PRIVATE KEY-----",
    ),
    "escaped key": (
        '"private_key": "-----BEGIN PRIVATE KEY-----\\n',
        lambda: "\\n".join(drawn(64, B64) for _ in range(6)),
        '\\n-----END PRIVATE KEY-----\\n"',
    ),
}


def survives(secret: str, shown: str) -> bool:
    """Return whether eight characters in a row of a secret are still shown."""
    return any(secret[at : at + 8] in shown for at in range(max(len(secret) - 7, 1)))


def placed(place: str, kind: str, secret: str) -> str:
    name = kind.upper().replace(" ", "_").replace("-", "_").replace("JSON_WEB_", "") + "_KEY"
    return PLACES[place].format(secret, name=name, lower=name.lower())


@pytest.mark.parametrize("kind", SHAPED)
def test_a_key_of_a_published_shape_is_taken_out_of_every_place(kind: str) -> None:
    _rng.seed(kind)
    shown = []
    for place in PLACES:
        for _ in range(4):
            secret = SHAPED[kind]()
            text = placed(place, kind, secret)
            if survives(secret, redact(text)):
                shown.append(text)
    assert shown == []


@pytest.mark.parametrize("kind", SET)
def test_what_is_set_as_a_secret_is_taken_out(kind: str) -> None:
    before, draw, after = SET[kind]
    _rng.seed(kind)
    shown = []
    for _ in range(40):
        secret = draw()
        text = f"# settings\n{before}{secret}{after}\nport = 80\n"
        if survives(secret, redact(text)):
            shown.append(text)
    # A password such as "harbor.wsp7tnb" may be a name in code: where nothing tells them apart, some pass.
    assert len(shown) <= 2, shown
