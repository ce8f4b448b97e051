//! The HTTP contract, endpoint by endpoint.
