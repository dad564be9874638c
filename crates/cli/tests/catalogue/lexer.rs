//! Just enough of Rust's tokens to find its string literals.

/// A token; white space and comments are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier, a keyword or a number.
    Word(String),
    /// What a string literal stands for, and its line.
    Text(String, usize),
    /// Any other character.
    Mark(char),
}

impl Token {
    pub(crate) fn is(&self, mark: char) -> bool {
        *self == Self::Mark(mark)
    }

    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether it opens (1) or closes (-1) a pair.
    pub(crate) fn depth(&self) -> i32 {
        match self {
            Self::Mark('(' | '[' | '{') => 1,
            Self::Mark(')' | ']' | '}') => -1,
            _ => 0,
        }
    }
}

/// The tokens of a source file.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source, line: 1, out: Vec::new() };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.out
}

struct Lexer<'s> {
    rest: &'s str,
    line: usize,
    out: Vec<Token>,
}

impl<'s> Lexer<'s> {
    /// Goes on by so many bytes and answers them.
    fn take(&mut self, bytes: usize) -> &'s str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Goes behind the next `end`.
    fn take_until(&mut self, end: &str) -> &'s str {
        let at = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(at)
    }

    fn step(&mut self) {
        let first = self.rest.chars().next().expect("there is more");
        if self.rest.starts_with("//") {
            self.take_until("\n");
        } else if self.rest.starts_with("/*") {
            self.take_until("*/");
        } else if first.is_whitespace() {
            self.take(first.len_utf8());
        } else if first == '"' {
            self.text();
        } else if first == '\'' {
            self.character_or_lifetime();
        } else if first.is_alphanumeric() || first == '_' {
            let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            let word = self.take(end);
            let raw = matches!(word, "r" | "br") && self.rest.trim_start_matches('#').starts_with('"');
            if raw { self.raw_text() } else { self.out.push(Token::Word(word.to_owned())) }
        } else {
            self.take(first.len_utf8());
            self.out.push(Token::Mark(first));
        }
    }

    fn raw_text(&mut self) {
        let line = self.line;
        let fence = self.rest.len() - self.rest.trim_start_matches('#').len();
        self.take(fence + 1);
        let end = format!("\"{}", "#".repeat(fence));
        let text = self.take_until(&end);
        self.out.push(Token::Text(text.strip_suffix(&end).expect("a raw literal ends").to_owned(), line));
    }

    fn text(&mut self) {
        let line = self.line;
        self.take(1);
        let mut text = String::new();
        loop {
            let next = self.rest.chars().next().expect("a literal ends");
            self.take(next.len_utf8());
            match next {
                '"' => break,
                '\\' => self.escape(&mut text),
                other => text.push(other),
            }
        }
        self.out.push(Token::Text(text, line));
    }

    fn escape(&mut self, text: &mut String) {
        let escaped = self.rest.chars().next().expect("an escape goes on");
        self.take(escaped.len_utf8());
        match escaped {
            // The line goes on at its first letter.
            '\n' => {
                let spaces = self.rest.len() - self.rest.trim_start().len();
                self.take(spaces);
            }
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'u' => {
                let code = self.take_until("}").trim_matches(['{', '}']).replace('_', "");
                text.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            // A control character; no text of the program has one.
            'x' => drop(self.take(2)),
            other => text.push(other),
        }
    }

    /// `'a'` is left out, `'a` is a mark and a word.
    fn character_or_lifetime(&mut self) {
        let mut behind = self.rest[1..].chars();
        let first = behind.next().expect("something follows");
        if first == '\\' {
            self.take(3);
            self.take_until("'");
        } else if behind.next() == Some('\'') {
            self.take(first.len_utf8() + 2);
        } else {
            self.take(1);
            self.out.push(Token::Mark('\''));
        }
    }
}

#[test]
fn literals_are_found_and_what_looks_like_them_is_not() {
    let source = r##"
        fn f<'a>(x: &'a str) -> char { // "a comment"
            let _ = ('"', '\'', b"bytes", r#"raw "text""#, "two \
                lines", "a \"name\" \u{2026}");
            'x'
        }"##;
    let texts: Vec<_> = tokens(source)
        .into_iter()
        .filter_map(|token| match token {
            Token::Text(text, line) => Some((text, line)),
            _ => None,
        })
        .collect();
    let expected = [("bytes", 3), ("raw \"text\"", 3), ("two lines", 3), ("a \"name\" …", 4)];
    assert_eq!(texts, expected.map(|(text, line)| (text.to_owned(), line)));
}
