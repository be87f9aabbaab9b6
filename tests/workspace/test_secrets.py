"""Secrets are found, and what only looks like one is left alone.

Every value is put together or drawn here; none was ever issued.
"""

from __future__ import annotations

import base64
import random
import string
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.workspace.secrets import find_secrets

_rng = random.Random(7)


def drawn(n: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Return `n` random characters with each kind of the alphabet among them."""
    while True:
        text = "".join(_rng.choice(alphabet) for _ in range(n))
        if any(map(str.isdigit, text)) and any(map(str.isalpha, text)):
            return text


HEX = "0123456789abcdef"
PEM = (
    "-----BEGIN {0} PRIVATE KEY-----\n"
    + "\n".join(drawn(64) for _ in range(6))
    + "\n-----END {0} PRIVATE KEY-----"
)

FORMATS = {
    "private-key": [PEM.format("RSA"), PEM.format("OPENSSH")],
    "aws-key": ["AKIA" + drawn(16, string.ascii_uppercase + "23456789")],
    "github-token": ["ghp" + "_" + drawn(36), "github" + "_pat_" + drawn(22) + "_" + drawn(59)],
    "gitlab-token": ["glpat" + "-" + drawn(20)],
    "slack-token": ["xoxb" + "-289334941232-142232999926-" + drawn(24)],
    "api-key": ["sk" + "-proj-" + drawn(48), "sk" + "-ant-api03-" + drawn(80), "gsk" + "_" + drawn(52)],
    "google-key": ["AIza" + drawn(35)],
    "stripe-key": ["sk" + "_live_" + drawn(24)],
    "npm-token": ["npm" + "_" + drawn(36)],
    "sendgrid-key": ["SG" + "." + drawn(22) + "." + drawn(43)],
    "jwt": ["eyJ" + drawn(30) + ".eyJ" + drawn(60) + "." + drawn(43)],
    "digitalocean-token": ["dop" + "_v1_" + drawn(64, HEX)],
}
PLACES = ["{}", 'key = "{}"', "export K={}", "see `{}`.", "Authorization: Bearer {}", "f('{}')", "<a>{}</a>"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("kind", "value"), [(kind, v) for kind, values in FORMATS.items() for v in values])
def test_a_key_of_a_published_format_is_found_wherever_it_stands(place: str, kind: str, value: str) -> None:
    text = f"before\n{place.format(value)}\nafter"
    found = find_secrets(text)
    assert len(found) == 1
    assert text[found[0].span.start : found[0].span.end] == value
    assert found[0].kind == kind


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql://app:Harbor-sn3zg5q@db:5432/x", "app:Harbor-sn3zg5q@db:5432"),
        ("postgresql://app:Harbor-sn3zg5q@[2001:db8::7]/x", "app:Harbor-sn3zg5q@[2001:db8::7]"),
        ("https://deploy:lemur!iDTJrq@git.internal/a", "deploy:lemur!iDTJrq"),
        ("jdbc:postgresql://h/db?user=u&password=Magnet.RxAf4Us!", "Magnet.RxAf4Us!"),
        ("Server=x;Password=Magnet!qr2jHKIj?;Encrypt=True;", "Magnet!qr2jHKIj?"),
        ("Authorization: Basic XTqaJRQbuvblbCLoCINxk9JcKQ==", "XTqaJRQbuvblbCLoCINxk9JcKQ=="),
        ("machine a password quartz%Q0P0Cmfo!", "quartz%Q0P0Cmfo!"),
        ("psexec \\\\10.0.0.7 -u shop\\anna -p Basalt.kZeGE6 cmd", "shop\\anna -p Basalt.kZeGE6"),
        ('new DirectoryEntry("LDAP://dc7", "shop\\anna", "opal")', 'LDAP://dc7", "shop\\anna", "opal'),
        ('if (hook.secret != "opal-tree") {', "opal-tree"),
        ("if (request.password === 'Magnet2Opal') {", "Magnet2Opal"),
        ("The default password for user 'anna' is 'opal7'.", "anna' is 'opal7"),
        (
            "credentials {\n  username 'ci-bot'\n  password 'Basalt7Opal'\n}",
            "ci-bot'\n  password 'Basalt7Opal",
        ),
        ("SUMO_SECRET=suHtCdUvYyCc", "suHtCdUvYyCc"),
        ("password = harbor.z6nT8q\n", "harbor.z6nT8q"),
        ('config.setPassword("Falcon-lp3biu8");', "Falcon-lp3biu8"),
        ('string ApiKey { get; set; } = "SD6yDPAzEAbqInLS9JV3OP6l";', "SD6yDPAzEAbqInLS9JV3OP6l"),
        ('psk="orchid!Ow9rrt"', "orchid!Ow9rrt"),
        ("mysql://app:Falcon?xyA3k4@10.1.2.3/shop", "app:Falcon?xyA3k4@10.1.2.3"),
        ("password = tulip!UBdgui4uE!", "tulip!UBdgui4uE!"),
        ("PGPASSWORD=Harbor_x4lMvlumH* psql", "Harbor_x4lMvlumH*"),
        ("<password>falcon%vDPM!</password>", "falcon%vDPM!"),
        ("sshpass -p 'Basalt.kZeGE6?' ssh h", "Basalt.kZeGE6?"),
        ("mysqldump -u root -pOrchid!dg4DQ63rA? shop", "Orchid!dg4DQ63rA?"),
        ("  password        => 'vzlgmgxevjtblkae',", "vzlgmgxevjtblkae"),
        ("const clientSecret: string = 'Ufvuj9wabodLIyqZo7Wg0J'", "Ufvuj9wabodLIyqZo7Wg0J"),
        (
            "- name: API_TOKEN\n  value: 0cc2acf0698bf9ce639aedbacc7b5a454eecaeac",
            "0cc2acf0698bf9ce639aedbacc7b5a454eecaeac",
        ),
        (
            'c := New("0cc2acf0698bf9ce639aedbacc7b5a454eecaeac") // API_TOKEN',
            "0cc2acf0698bf9ce639aedbacc7b5a454eecaeac",
        ),
        ("MONKEY_CODER_API_KEY=SlvZihX0cM5lqVOySX5SoK7mFxEvT1bW", "SlvZihX0cM5lqVOySX5SoK7mFxEvT1bW"),
        ('{"token": "0cc2acf0698bf9ce639aedbacc7b5a45"}', "0cc2acf0698bf9ce639aedbacc7b5a45"),
        (
            "SECRET_KEY = 'django-insecure-Bo0!zhHAL8&pO4JB*Q&V0pFG'",
            "django-insecure-Bo0!zhHAL8&pO4JB*Q&V0pFG",
        ),
    ],
)
def test_a_secret_is_known_by_the_name_it_is_given(text: str, secret: str) -> None:
    found = find_secrets(text)
    assert [text[one.span.start : one.span.end] for one in found] == [secret]


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("machine a login bot password quartz%Q0P0Cmfo!", "bot"),
        ("username = 'anna.k'\npassword = 'quartz%Q0P0Cmfo!'", "anna.k"),
        ("Server=x;User ID=shopuser;Password=Magnet!qr2jHKIj?;Encrypt=True;", "shopuser"),
        ('  "user": "anna", "password": "quartz%Q0P0Cmfo!"', "anna"),
    ],
)
def test_who_logs_in_goes_with_the_password(text: str, login: str) -> None:
    found = find_secrets(text)
    assert [one.kind for one in found] == ["login", "password"]
    assert text[found[0].span.start : found[0].span.end] == login


@pytest.mark.parametrize(
    "text",
    [
        "username = 'anna.k'\npassword = os.environ['PASSWORD']",
        'Section = "id-Gost28147-89-None-KeyMeshing"',
        '"token": "xoxp-572370529330-573807301142-####################"',
        "license_key: a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",
        'api_key = "changeme"',
        'api_key = "your-api-key-here"',
        "TOKEN=<YOUR_TOKEN>",
        "token: ${{ secrets.CI_TOKEN }}",
        "password: {{ .Values.db.password }}",
        "password = os.environ['PASSWORD']",
        'password = os.getenv("DB_PASSWORD")',
        "password = get_password(user)",
        "self.password = settings.DATABASE.password",
        "def check(password: str, token: Optional[str] = None) -> bool:",
        "https://user:password@example.com",
        "https://$USER:$PASSWORD@example.com",
        "postgresql://scott:tiger@my.example.com/shop",
        "postgresql://user:secret@[2001:db8::1234]/database",
        "user = 'Aladdin'\npassword = 'open_sesame'",
        "create_user(username='joe', password='testuser1')",
        "def change(user, password, validators=None): pass",
        "if password is None: return",
        "FunctionPass *createLazyValueInfoPass();",
        "extern EVP_PKEY *PEM_read_bio_PrivateKey(BIO *out);",
        "return ext_1.X509SubjectKeyIDExtension;",
        "from lexers.basic import CbmBasicV2LexerFactory",
        '"LOGIN_PASSWORD": "パスワードを入力してください。",',
        "golang.org/x/oauth2 v0.0.0-20191202225959-858c2ad4c8b6/go.mod h1:go5jhNNrJS2p1Ij6x1Yh5UVQLDYEV=",
        "platformdirs/version.py,sha256=qaN-fw_htIgKUVXoAuAEVgKxQu3tZ9qE2eiKkWIS7LA,160",
        "states/state_pass.py,sha256=O2g0VSZQgWdonjsI1IsazuhykJCNvNk6Ffj_KEBOtxU,1",
        (
            "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6t"
            "q/K1SZFPTOtr/KBHBeksoGMGw==;"
        ),
        "gpg --recv-keys 5BE8A3F6C8A5C01D106C0AD820B1A390B168D356",
        'r.Header.Set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")',
        "vendor_api_key: acdeFf05b1a6d4c890237bf08c5e6e8d2b4d0f2e",
        "raise Error(f\"unexpected token: '#{token2.inspect}'\")",
        "key = AKIAIOSFODNN7EXAMPLE",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        'PATTERN = r"sk-[a-zA-Z0-9]{48}"',
        "The secret of it is to token-ise the password field before hashing.",
        "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
        '"integrity": "sha512-9NeGSZ3B9Qm1C5xJ1XyCWc4UYGtB5PXjVhVsYvWnV1xUXkE0mLk4Nw=="',
        "public_key = '9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit'",
        "for key, value in monkeys.items(): keyboard[key] = value",
        "primary_key=True, sort_key='created_at_timestamp_2'",
        "class TokenBucketRateLimiter2(BaseLimiter): pass",
        "550e8400-e29b-41d4-a716-446655440000",
        "-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----",
        "<div class='sk-loading-spinner-circle-animation'>",
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(text: str) -> None:
    assert find_secrets(text) == ()


STRIPE = "sk" + "_live_" + drawn(24)
GITHUB = "ghp" + "_" + drawn(36)


def wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.mark.parametrize("key", [STRIPE, GITHUB])
@pytest.mark.parametrize(
    "disguise",
    [
        lambda key: f'"{key[:14]}" + "{key[14:]}"',
        lambda key: f"'{key[:14]}' \\\n    '{key[14:]}'",
        lambda key: f"f'{key[:9]}'\n    f'{key[9:20]}'\n    f'{key[20:]}'",
        lambda key: f"'{key[:14]}' . '{key[14:]}'",
        lambda key: "".join(f"%{ord(char):02x}" for char in key),
        lambda key: f"\\u{ord(key[0]):04x}{key[1:]}",
        lambda key: "".join(f"\\x{ord(char):02x}" for char in key),
        lambda key: "".join(f"&#x{ord(char):x};" for char in key),
        lambda key: f"{key[:12]}\u200b{key[12:]}",
        lambda key: wide(key),
        lambda key: key[::-1],
        lambda key: base64.b64encode(key.encode()).decode(),
        lambda key: base64.urlsafe_b64encode(f"token: {key}\n".encode()).decode().rstrip("="),
        lambda key: base64.b64encode(f"redis://app:{key}@cache:6379".encode()).decode(),
    ],
)
def test_a_key_written_otherwise_is_found_whole(key: str, disguise: Callable[[str], str]) -> None:
    text = f"# settings\nkey = {disguise(key)}\nport = 80\n"
    found = find_secrets(text)
    assert len(found) == 1
    rest = text[: found[0].span.start] + text[found[0].span.end :]
    assert rest.replace('"', "").replace("'", "") in (
        "# settings\nkey = \nport = 80\n",
        "# settings\nkey = f\nport = 80\n",
    )


@pytest.mark.parametrize(
    "text",
    [
        "raise ValueError('cannot be read as one' + 'of the known formats_of_files')",
        "'abcdefgh' 'ijklmnop'",
        "%41%42%43%44 and \\x41\\x42\\x43",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
        "VGhpcyBpcyBhIHNlbnRlbmNlIHRoYXQgc2F5cyBub3RoaW5nIG9mIGEga2V5Lg==",
        wide("this is a text in wide letters"),
        "/usr/lib/python3/dist-packages/pkg_resources/extern",
    ],
)
def test_a_text_written_otherwise_that_holds_no_key_is_left_alone(text: str) -> None:
    assert find_secrets(text) == ()


def test_an_unfinished_private_key_is_found_too() -> None:
    half = PEM.format("EC").split("-----END")[0]
    text = f"x = 1\n{half}"
    found = find_secrets(text)
    assert text[found[0].span.start : found[0].span.end].strip() == half.strip()


@settings(deadline=None)
@given(st.text("aA0 \n\"'=:-_.@/${token}keyBEGIN", max_size=300))
def test_spans_are_in_order_and_apart_in_any_text(text: str) -> None:
    end = 0
    for secret in find_secrets(text):
        assert end <= secret.span.start < secret.span.end <= len(text)
        end = secret.span.end


@pytest.mark.parametrize(
    "unit",
    [
        "password",
        "key: ",
        "a:b@",
        "://a:",
        "eyJ",
        "-----BEGIN PRIVATE KEY-----\n",
        "mysql -p",
        "token=",
        "x" * 50,
        '"\\n',
        "'abcdef' + ",
        "'abcdef'" + " " * 999,
        "%41",
        "\\x41",
        "AKIA/",
        "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4",
        "\uff41",
    ],
)
def test_no_text_makes_the_search_slow(unit: str) -> None:
    text = unit * (30_000 // len(unit))
    began = time.process_time()
    find_secrets(text)
    assert time.process_time() - began < 2.5
