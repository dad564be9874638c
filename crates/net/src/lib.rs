//! enginus-net
