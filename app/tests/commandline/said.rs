//! What is said, word by word: the pages beside this file are run as they stand. `TRYCMD=overwrite` writes them anew.

#[test]
fn every_page_is_what_the_program_says() {
    trycmd::TestCases::new()
        .env("ENGINUS_HOME", "home")
        .env("ENGINUS_BIND", "127.0.0.1")
        .env("COLUMNS", "100")
        .case("tests/commandline/pages/*.trycmd")
        .run();
}
