//! enginus-sync
