"""Contracts for tests: the ones that newcomers see. Any other comes from the kernel's kit."""

from __future__ import annotations

from ggui_core.testing.any_contract import TEXT, Json

FEEDBACK: Json = {
    "propsSpec": {
        "description": "Feedback",
        "properties": {"product": {"schema": TEXT, "required": True}},
    },
    "actionSpec": {
        "send_feedback": {
            "label": "Send feedback",
            "description": "It goes straight to the team.",
            "schema": {
                "type": "object",
                "properties": {
                    "rating": {"type": "integer", "minimum": 1, "maximum": 5},
                    "liked": {
                        "type": "array",
                        "items": {"type": "string", "enum": ["speed", "design", "support"]},
                        "title": "What did you like?",
                    },
                    "comment": {"type": "string", "maxLength": 500},
                    "email": {"type": "string", "format": "email", "title": "E-mail"},
                },
                "required": ["rating"],
            },
        }
    },
}

BOARD: Json = {
    "propsSpec": {
        "properties": {
            "title": {"schema": TEXT, "required": True},
            "todos": {
                "required": True,
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "id": TEXT,
                            "title": TEXT,
                            "status": {"enum": ["open", "in_progress", "done"]},
                            "due": {"type": "string", "format": "date"},
                        },
                        "required": ["id", "title", "status"],
                    },
                },
            },
        }
    },
    "actionSpec": {
        "complete_todo": {
            "label": "Complete",
            "schema": {"type": "object", "properties": {"todoId": TEXT}, "required": ["todoId"]},
        },
        "delete_todo": {
            "label": "Delete",
            "confirm": True,
            "schema": {"type": "object", "properties": {"todoId": TEXT}, "required": ["todoId"]},
        },
        "edit_todo": {
            "label": "Edit",
            "schema": {
                "type": "object",
                "properties": {
                    "todoId": TEXT,
                    "title": {"type": "string", "maxLength": 80},
                    "due": {"type": "string", "format": "date"},
                },
                "required": ["todoId", "title"],
            },
        },
        "add_todo": {
            "label": "Add to-do",
            "schema": {
                "type": "object",
                "properties": {"title": {"type": "string", "maxLength": 80}},
                "required": ["title"],
            },
        },
    },
    "contextSpec": {"filter": {"schema": {"enum": ["all", "open", "done"]}, "default": "all"}},
}

STATUS: Json = {
    "propsSpec": {
        "description": "Deployment",
        "properties": {
            "service": {"schema": TEXT, "required": True},
            "repository": {"schema": {"type": "string", "format": "uri"}},
        },
    },
    "actionSpec": {"cancel": {"label": "Cancel deployment", "confirm": True}},
    "streamSpec": {
        "progress": {
            "mode": "replace",
            "complete": True,
            "schema": {
                "type": "object",
                "properties": {
                    "percent": {"type": "number", "minimum": 0, "maximum": 100},
                    "state": {"enum": ["queued", "running", "done", "failed"]},
                },
                "required": ["percent", "state"],
            },
        },
        "log": {
            "schema": {
                "type": "object",
                "properties": {"at": {"type": "string", "format": "date-time"}, "message": TEXT},
                "required": ["at", "message"],
            }
        },
    },
}

BENCH: Json = {
    "propsSpec": {
        "properties": {
            "title": {"schema": {"type": "string"}, "required": True},
            "count": {"schema": {"type": "number"}, "required": False},
        }
    },
    "actionSpec": {
        "benchPress": {
            "label": "Press",
            "schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        }
    },
    "streamSpec": {
        "benchTicks": {
            "mode": "append",
            "schema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        }
    },
    "contextSpec": {"draft": {"schema": {"type": "string"}, "default": ""}},
}
"""What the wire benchmark renders."""
