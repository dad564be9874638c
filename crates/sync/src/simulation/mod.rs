//! Many devices in one thread: no sockets, no sleeps; every run follows from its seed.

mod fetching;
mod hostile;
mod manners;
mod node;
mod scenarios;
mod world;
