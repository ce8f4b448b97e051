//! The database: schema, settings, keys.
