"""The servers that `dispatch run` starts when none is configured: a broker and a mail catcher."""
