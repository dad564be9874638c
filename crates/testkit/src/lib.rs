//! enginus-testkit
