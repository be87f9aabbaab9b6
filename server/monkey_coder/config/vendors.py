"""The providers that need no table in the settings: a key in the environment, or just a name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vendor:
    """A provider with its address, the environment variables of its key, its wire and usual models.

    Models are those named by the vendors' SDKs in November 2026; "" takes the first one offered.
    """

    name: str
    base_url: str
    key_env: str = ""
    base_url_env: str = ""
    model: str = ""
    complete_model: str = ""
    complete_fim: bool = False
    wire: str = "openai-chat"
    other_key_env: str = ""

    @property
    def key_envs(self) -> tuple[str, ...]:
        """The environment variables in which the key may be, the first found first."""
        return tuple(name for name in (self.key_env, self.other_key_env) if name)


VENDORS: dict[str, Vendor] = {
    vendor.name: vendor
    for vendor in (
        Vendor(
            "openai",
            "https://api.openai.com/v1",
            "OPENAI_API_KEY",
            "OPENAI_BASE_URL",
            "gpt-6.1-sol",
            "gpt-6-luna",
        ),
        Vendor(
            "anthropic",
            "https://api.anthropic.com",
            "ANTHROPIC_API_KEY",
            "ANTHROPIC_BASE_URL",
            "claude-sonnet-5-5",
            "claude-haiku-5-5",
            wire="anthropic",
        ),
        Vendor(
            "google",
            "https://generativelanguage.googleapis.com/v1beta",
            "GEMINI_API_KEY",
            "GOOGLE_GEMINI_BASE_URL",
            "gemini-3.8-flash",
            "gemini-3.5-flash-lite",
            wire="google",
            other_key_env="GOOGLE_API_KEY",
        ),
        Vendor(
            "groq",
            "https://api.groq.com/openai/v1",
            "GROQ_API_KEY",
            model="openai/gpt-oss-120b",
            complete_model="openai/gpt-oss-20b",
        ),
        Vendor("xai", "https://api.x.ai/v1", "XAI_API_KEY", model="grok-4.7", complete_model="grok-4.3"),
        Vendor(
            "deepseek",
            "https://api.deepseek.com",
            "DEEPSEEK_API_KEY",
            model="deepseek-v4-flash",
            complete_fim=True,
        ),
        Vendor(
            "mistral",
            "https://api.mistral.ai/v1",
            "MISTRAL_API_KEY",
            model="mistral-small-latest",
            complete_model="codestral-latest",
            complete_fim=True,
        ),
        Vendor("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", model="openrouter/auto"),
        Vendor("ollama", "http://127.0.0.1:11434/v1"),
        Vendor("lmstudio", "http://127.0.0.1:1234/v1"),
        Vendor("llamacpp", "http://127.0.0.1:8080/v1"),
        Vendor("vllm", "http://127.0.0.1:8000/v1"),
    )
}
