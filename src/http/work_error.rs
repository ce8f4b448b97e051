//! Why the work of a request came to no result.

/// See the module's description. It carries the error of the service as it is: which form it gets is decided by the
/// error type of the handler, so that an endpoint can answer with other bodies than problem details.
#[derive(Debug)]
pub enum WorkError<E> {
    /// The service's own error.
    Service(E),
    /// No place became free for a client that is not signed in.
    Overloaded,
    /// The work panicked, which the log has recorded.
    Panicked,
}
