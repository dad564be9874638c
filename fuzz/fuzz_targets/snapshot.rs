#![no_main]

// The document library may panic on what is damaged; that is caught, and only a panic that gets past counts.
libfuzzer_sys::fuzz_target!(
    init: std::panic::set_hook(Box::new(|_| ())),
    |data: &[u8]| {
        let _ = enginus_fuzz::snapshot::run(data);
    }
);
