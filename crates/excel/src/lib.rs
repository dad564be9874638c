//! enginus-excel
