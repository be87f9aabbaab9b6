"""The one place where objects are built and wired together.

Owns: Which objects a session is made of, and where on this machine things are kept.
Never: Decide what a feature could decide.
Read first: `build.py`, then `models.py`.
"""

from ..config.keys import forget_key
from ..config.paths import user_file
from ..config.settings import KeyState, key_state, key_states
from ..config.trust import is_trusted, trust, untrust
from ..config.write import set_setting
from ..context.audit_log import Sent
from ..context.memory import Memory
from ..features.diagnose import Check
from ..features.model_choice import Offer
from ..providers.breaking import Health
from ..usage.ledger import Total
from .build import App, build
from .diagnosis import Diagnosis, check_key, diagnose, is_provider, settings_rows, store_key
from .kept import (
    audit_log,
    backups_folder,
    kept_experience,
    kept_memory,
    memory_file,
    outcomes_file,
    routing_name,
    usage_file,
)
from .models import Models, open_model

__all__ = [
    "App",
    "Check",
    "Diagnosis",
    "Health",
    "KeyState",
    "Memory",
    "Models",
    "Offer",
    "Sent",
    "Total",
    "audit_log",
    "backups_folder",
    "build",
    "check_key",
    "diagnose",
    "forget_key",
    "is_provider",
    "is_trusted",
    "kept_experience",
    "kept_memory",
    "key_state",
    "key_states",
    "memory_file",
    "open_model",
    "outcomes_file",
    "routing_name",
    "set_setting",
    "settings_rows",
    "store_key",
    "trust",
    "untrust",
    "usage_file",
    "user_file",
]
