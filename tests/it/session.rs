//! Session families: one live token, whatever happens at the same time.
