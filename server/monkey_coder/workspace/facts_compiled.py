"""What the project files of Rust, Go, Java, Kotlin, C and C++ say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from .facts_types import Command, CommandKind, Dependency, Entry, Manifest, Setting

_LARGEST_XML = 2_000_000


def cargo(path: str, text: str) -> Manifest:
    """Return what a Cargo.toml says; what it takes from its workspace has the version "workspace"."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Manifest(path, "cargo", problem=f"it is not TOML: {error}")
    package, workspace = _table(table, "package"), _table(table, "workspace")
    edition = _inherited(package.get("edition"))
    rust = _inherited(package.get("rust-version")) or _inherited(
        _table(workspace, "package").get("rust-version")
    )
    runtime = ", ".join(
        filter(None, (f"rust {rust}" if rust else "", f"edition {edition}" if edition else ""))
    )
    sources = [("main", table), *(("main", one) for one in _table(table, "target").values())]
    dependencies = [
        Dependency(name, _cargo_version(value), scope if key == "dependencies" else key.partition("-")[0])
        for scope, source in sources
        for key in ("dependencies", "dev-dependencies", "build-dependencies")
        for name, value in _table(source, key).items()
    ]
    dependencies += [
        Dependency(name, _cargo_version(value), "workspace")
        for name, value in _table(workspace, "dependencies").items()
    ]
    binaries = table.get("bin")
    entries = [
        Entry(str(one.get("name", "")), str(one.get("path", "")))
        for one in (binaries if isinstance(binaries, list) else [])
        if isinstance(one, dict)
    ]
    if path_of := _table(table, "lib").get("path"):
        entries.append(Entry("lib", str(path_of)))
    members = workspace.get("members")
    return Manifest(
        path,
        "cargo",
        name=_inherited(package.get("name")),
        version=_inherited(package.get("version")),
        runtime=runtime,
        manager="cargo",
        dependencies=tuple(dependencies),
        commands=(
            Command(CommandKind.TEST, "cargo test"),
            Command(CommandKind.LINT, "cargo clippy"),
            Command(CommandKind.FORMAT, "cargo fmt"),
        ),
        entries=tuple(entries),
        members=tuple(one for one in members if isinstance(one, str)) if isinstance(members, list) else (),
    )


def _cargo_version(value: object) -> str:
    if isinstance(value, dict):
        if value.get("workspace") is True:
            return "workspace"
        return next((str(value[key]) for key in ("version", "git", "path") if key in value), "")
    return value if isinstance(value, str) else ""


def _inherited(value: object) -> str:
    if isinstance(value, dict):
        return "workspace" if value.get("workspace") is True else ""
    return value if isinstance(value, str) else ""


def go_mod(path: str, text: str) -> Manifest:
    """Return what a go.mod says."""
    bare = re.sub(r"//(?!\s*indirect).*", "", text)
    blocks = re.finditer(r"^require\s*\(([^)]*)\)|^require\s+([^(\n]+)$", bare, re.MULTILINE)
    lines = (line for block in blocks for line in (block[1] or block[2] or "").splitlines())
    found = [
        Dependency(match[1], match[2], "indirect" if "indirect" in match[3] else "main")
        for line in lines
        if (match := re.match(r"\s*(\S+)\s+(v\S+)(.*)", line))
    ]
    found += [Dependency(tool, "", "tool") for tool in re.findall(r"^tool\s+([^\s(]+)$", bare, re.MULTILINE)]
    module = re.search(r"^module\s+[\"']?([^\s\"']+)", bare, re.MULTILINE)
    version = re.search(r"^go\s+(\S+)", bare, re.MULTILINE)
    return Manifest(
        path,
        "go.mod",
        name=module[1] if module else "",
        runtime=f"go {version[1]}" if version else "",
        manager="go",
        dependencies=tuple(found),
        commands=(
            Command(CommandKind.TEST, "go test ./..."),
            Command(CommandKind.LINT, "go vet ./..."),
            Command(CommandKind.FORMAT, "gofmt -l ."),
        ),
    )


def go_work(path: str, text: str) -> Manifest:
    """Return the modules of a go.work."""
    block = re.search(r"^use\s*\(([^)]*)\)", text, re.MULTILINE)
    found = block[1].split() if block else re.findall(r"^use\s+(\S+)", text, re.MULTILINE)
    return Manifest(path, "go.work", manager="go", members=tuple(one.removeprefix("./") for one in found))


def pom(path: str, text: str) -> Manifest:
    """Return what a pom.xml says. One that declares entities is not parsed: it could grow without end."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return Manifest(path, "pom", problem="it declares a document type, which is not followed")
    if len(text) > _LARGEST_XML:
        return Manifest(path, "pom", problem="it is too large")
    try:
        root = ElementTree.fromstring(re.sub(r"^\ufeff?\s*<\?xml[^>]*\?>", "", text))
    except ElementTree.ParseError as error:
        return Manifest(path, "pom", problem=f"it is not XML: {error}")
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    properties = {one.tag: (one.text or "").strip() for one in root.findall("properties/*")}
    parent_version = _in(root, "parent/version", properties)
    properties |= {
        "project.version": _in(root, "version", properties) or parent_version,
        "project.groupId": _in(root, "groupId", properties) or _in(root, "parent/groupId", properties),
    }
    dependencies = [
        *_maven(root, "dependencies/dependency", "main", properties),
        *_maven(root, "dependencyManagement/dependencies/dependency", "managed", properties),
        *_maven(root, "build/plugins/plugin", "plugin", properties),
    ]
    if parent := _in(root, "parent/artifactId", properties):
        group = _in(root, "parent/groupId", properties)
        dependencies.append(Dependency(f"{group}:{parent}", parent_version, "parent"))
    keys = ("maven.compiler.release", "java.version", "maven.compiler.source", "javaVersion", "jdk.version")
    java = next((properties[key] for key in keys if properties.get(key)), "")
    java = _filled(java, properties) or _in(root, "build/plugins/plugin/configuration/release", properties)
    main = next((one.text.strip() for one in root.iter("mainClass") if one.text), "")
    return Manifest(
        path,
        "pom",
        name=_in(root, "artifactId", properties),
        version=_in(root, "version", properties) or parent_version,
        runtime=f"java {java}" if java else "",
        manager="maven",
        dependencies=tuple(dependencies),
        commands=(Command(CommandKind.TEST, "mvn test"), Command(CommandKind.BUILD, "mvn package")),
        entries=(Entry("mainClass", _filled(main, properties)),) if main else (),
        members=tuple((one.text or "").strip() for one in root.findall("modules/module")),
    )


def _maven(
    root: ElementTree.Element, where: str, scope: str, properties: Mapping[str, str]
) -> Iterator[Dependency]:
    for one in root.findall(where):
        group = _in(one, "groupId", properties) or ("org.apache.maven.plugins" if scope == "plugin" else "")
        own = _in(one, "scope", properties) if scope == "main" else ""
        name = f"{group}:{_in(one, 'artifactId', properties)}"
        yield Dependency(name, _in(one, "version", properties), own.replace("compile", "main") or scope)


def _in(element: ElementTree.Element, where: str, properties: Mapping[str, str]) -> str:
    return _filled((element.findtext(where) or "").strip(), properties)


def _filled(text: str, properties: Mapping[str, str]) -> str:
    """Return a text with its properties filled in; three deep, so that a ring of them ends."""
    for _ in range(3):
        if "${" not in text or len(text) > 1000:
            break
        text = re.sub(r"\$\{([\w.-]+)\}", lambda match: properties.get(match[1], match[0]), text)
    return text


_CONFIGURATION = (
    r"implementation|api|compileOnly(?:Api)?|runtimeOnly|annotationProcessor|kapt|ksp|developmentOnly|compile"
    r"|testImplementation|testCompileOnly|testRuntimeOnly|testCompile|androidTestImplementation"
    r"|debugImplementation|classpath|coreLibraryDesugaring|testFixtures\w+|[a-z]+(?:Main|Test)Implementation"
)
_GRADLE_LINE = re.compile(
    rf"""^[ \t]*["']?({_CONFIGURATION})["']?[ \t]*[( ][ \t]*
    (?:(?:enforcedPlatform|platform|kotlin|project|testFixtures)\s*\(\s*)?
    (?:(?:path\s*[:=]\s*)?["']([^"'\s]+)["']                                     # 'group:name:version'
      |(libs\.[\w.]+)                                                            # from a version catalog
      |group\s*[:=]\s*["']([^"']+)["'],\s*name\s*[:=]\s*["']([^"']+)["']
       (?:,\s*version\s*[:=]\s*["']?([^"')\s]+))?)""",
    re.MULTILINE | re.VERBOSE,
)
_GRADLE_VARIABLE = re.compile(
    r"""^[ \t]*(?:(?:def|val|var)[ \t]+|ext\.|set\()?["']?([A-Za-z]\w*)["']?[ \t]*[=,][ \t]*
    ["']([\w.+-]+)["']""",
    re.MULTILINE | re.VERBOSE,
)
_GRADLE_JAVA = re.compile(
    r"""(?:JavaLanguageVersion\.of\(|jvmToolchain\(|release(?:\.set\(|\s*=\s*)
    |(?:source|target)Compatibility\s*=?\s*["']?(?:JavaVersion\.)?(?:VERSION_)?)\s*["']?([\d_.]+)""",
    re.VERBOSE,
)
_GRADLE_PLUGINS = (
    ("", r"""^[ \t]*id\s*\(?\s*["']([\w.-]+)["']\s*\)?(?:\s*version\s*\(?\s*["']([^"']+)["'])?"""),
    ("org.jetbrains.kotlin.", r"""^[ \t]*kotlin\(["']([\w.]+)["']\)(?:\s*version\s*["']([^"']+)["'])?"""),
    ("", r"""^[ \t]*apply\s+plugin:\s*["']([\w.-]+)()"""),
    ("", r"^[ \t]*alias\s*\(?\s*(libs\.plugins\.[\w.]+)()"),
)


def gradle(path: str, text: str) -> Manifest:
    """Return what a build.gradle or build.gradle.kts says, as far as it stands there in literals."""
    bare = re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", text, flags=re.DOTALL)
    variables = dict(_GRADLE_VARIABLE.findall(bare))
    found: list[Dependency] = []
    for match in _GRADLE_LINE.finditer(bare):
        scope = "test" if "est" in match[1] else match[1]
        scope = "main" if scope in ("implementation", "api", "compile") else scope
        if match[4]:
            found.append(Dependency(f"{match[4]}:{match[5]}", match[6] or "", scope))
            continue
        notation = match[2] or match[3]
        if "kotlin(" in match[0]:
            notation = f"org.jetbrains.kotlin:kotlin-{notation}"
        notation = re.sub(r"\$\{?(\w+)\}?", lambda one: variables.get(one[1], one[0]), notation)
        parts = notation.split(":")
        is_local = "project" in match[0] or notation.startswith(":")
        name = notation if is_local or len(parts) < 2 else ":".join(parts[:2])
        found.append(Dependency(name, parts[2] if len(parts) > 2 and not is_local else "", scope))
    found += _gradle_plugins(bare)
    java = _GRADLE_JAVA.search(bare)
    group = re.search(r"^[ \t]*group\s*=?\s*[\"']([^\"']+)", bare, re.MULTILINE)
    version = re.search(r"^[ \t]*version\s*=?\s*[\"']([^\"']+)", bare, re.MULTILINE)
    main = re.search(r"mainClass(?:Name)?(?:\.set\(|\s*=)\s*[\"']([^\"']+)", bare)
    return Manifest(
        path,
        "gradle",
        name=group[1] if group else "",
        version=version[1] if version else "",
        runtime=f"java {java[1].replace('_', '.')}" if java else "",
        manager="gradle",
        dependencies=tuple(found),
        commands=(
            Command(CommandKind.TEST, "./gradlew test"),
            Command(CommandKind.LINT, "./gradlew check"),
            Command(CommandKind.BUILD, "./gradlew build"),
        ),
        entries=(Entry("mainClass", main[1]),) if main else (),
    )


def _gradle_plugins(bare: str) -> Iterator[Dependency]:
    for prefix, pattern in _GRADLE_PLUGINS:
        for name, version in re.findall(pattern, bare, re.MULTILINE):
            yield Dependency(prefix + name, version, "plugin")


def gradle_settings(path: str, text: str) -> Manifest:
    """Return the name and the parts of a Gradle build."""
    name = re.search(r"rootProject\.name\s*=\s*[\"']([^\"']+)", text)
    members = [
        one
        for match in re.finditer(
            r"^[ \t]*include\b\s*\(?((?:\s*[\"'][^\"']+[\"']\s*,?)+)", text, re.MULTILINE
        )
        for one in re.findall(r"[\"']:?([^\"']+)", match[1])
        if one.strip(" ,\n\t")
    ]
    paths = tuple(dict.fromkeys(one.replace(":", "/") for one in members if re.fullmatch(r"[\w:./-]+", one)))
    return Manifest(path, "gradle-settings", name=name[1] if name else "", manager="gradle", members=paths)


def version_catalog(path: str, text: str) -> Manifest:
    """Return the libraries of a Gradle version catalog."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Manifest(path, "version-catalog", problem=f"it is not TOML: {error}")
    versions = _table(table, "versions")
    found: list[Dependency] = []
    version: object
    for scope, key in (("catalog", "libraries"), ("plugin", "plugins")):
        for entry in _table(table, key).values():
            if isinstance(entry, str):
                name, _, version = entry.rpartition(":")
                found.append(Dependency(name or version, version if name else "", scope))
            elif isinstance(entry, dict):
                name = entry.get("module") or entry.get("id") or f"{entry.get('group')}:{entry.get('name')}"
                version = entry.get("version", "")
                if isinstance(version, dict):
                    version = versions.get(str(version.get("ref")), version.get("strictly", ""))
                if isinstance(version, dict):
                    version = next((str(one) for one in version.values()), "")
                found.append(Dependency(str(name), str(version), scope))
    return Manifest(path, "version-catalog", manager="gradle", dependencies=tuple(found))


def cmake(path: str, text: str) -> Manifest:
    """Return what a CMakeLists.txt says."""
    bare = re.sub(r"#\[\[.*?\]\]|#[^\n]*", "", text, flags=re.DOTALL)
    project = re.search(r"\bproject\s*\(\s*([^\s)]+)([^)]*)\)", bare, re.IGNORECASE)
    version = re.search(r"\bVERSION\s+([\w.${}]+)", project[2], re.IGNORECASE) if project else None
    least = re.search(r"\bcmake_minimum_required\s*\(\s*VERSION\s+([\d.]+)", bare, re.IGNORECASE)
    found = [
        Dependency(match[1], (match[2] or "").strip(), "main")
        for match in re.finditer(r"\bfind_package\s*\(\s*([\w+-]+)(?:\s+(\d[\w.]*))?", bare, re.IGNORECASE)
    ]
    for match in re.finditer(r"\bFetchContent_Declare\s*\(\s*([\w+-]+)([^)]*)\)", bare, re.IGNORECASE):
        tag = re.search(r"GIT_TAG\s+(\S+)", match[2])
        found.append(Dependency(match[1], tag[1] if tag else "", "main"))
    has_tests = re.search(r"\b(?:enable_testing|add_test|include\s*\(\s*CTest)", bare, re.IGNORECASE)
    settings = [
        Setting("cmake", match[1], match[2])
        for match in re.finditer(r"\bset\s*\(\s*(CMAKE_C(?:XX)?_STANDARD)\s+(\d+)", bare, re.IGNORECASE)
    ]
    commands = [Command(CommandKind.BUILD, "cmake -B build && cmake --build build")]
    commands += [Command(CommandKind.TEST, "ctest --test-dir build")] if has_tests else []
    entries = [
        Entry(match[2], match[1].lower())
        for match in re.finditer(r"\badd_(?=(executable|library))\w+\s*\(\s*([^\s)]+)", bare, re.IGNORECASE)
        if "ALIAS" not in bare[match.end() : match.end() + 10]
    ]
    return Manifest(
        path,
        "cmake",
        name=project[1] if project else "",
        version=version[1] if version else "",
        runtime=f"cmake {least[1]}" if least else "",
        manager="cmake",
        dependencies=tuple(dict.fromkeys(found)),
        commands=tuple(commands),
        settings=tuple(dict.fromkeys(settings)),
        entries=tuple(dict.fromkeys(entries)),
    )


def _table(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key) if isinstance(table, Mapping) else None
    return found if isinstance(found, dict) else {}
