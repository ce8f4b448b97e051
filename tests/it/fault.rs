//! Faults: what must hold when a process, a connection or a disk lets go.
