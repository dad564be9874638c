use super::*;

fn error(text: &str) -> String {
    Config::parse(text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_the_defaults_without_a_warning() {
    let loaded = Config::parse("").unwrap();
    assert_eq!(loaded.config, Config::default());
    assert_eq!(loaded.warnings, []);
}

#[test]
fn what_is_printed_is_read_back() {
    let mut config = Config::dev(Path::new("/tmp/relay"));
    config.presign.buckets.push(PresignBucket {
        project: "ab".repeat(32),
        url: "s3://plans/solar".into(),
        variables: "SITE_A".into(),
    });
    let loaded = Config::parse(&config.to_toml().unwrap()).unwrap();
    assert_eq!((loaded.config, loaded.warnings), (config, vec![]));
}

#[test]
fn unknown_keys_are_named_with_the_one_that_was_meant() {
    let text = "[server]\nmailbx = \"x\"\n[telemetry]\non = true\n[limits]\nslow-reader = 1\n\
                [[presign.buckets]]\nproject = \"ID\"\nurl = \"s3://a\"\nvariables = \"A\"\nprefx = 1\n";
    let warnings = Config::parse(&text.replace("ID", &"0".repeat(64))).unwrap().warnings;
    let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(said.iter().any(|s| s.contains("server.mailbx") && s.contains("is `server.mailbox` meant?")), "{said:?}");
    assert!(said.iter().any(|s| s.contains("`telemetry`") && !s.contains("meant?")), "{said:?}");
    assert!(said.iter().any(|s| s.contains("is `limits.slow_reader` meant?")), "{said:?}");
    assert!(said.iter().any(|s| s.contains("presign.buckets[0].prefx")), "{said:?}");
}

#[test]
fn a_bad_value_is_told_with_its_key_and_what_is_allowed() {
    let size = error("[quota]\nproject_bytes = \"10 GB\"");
    assert!(size.contains("project_bytes") && size.contains("10 GB") && size.contains("GiB"), "{size}");
    let mode = error("[admission]\nmode = \"friends\"");
    assert!(mode.contains("friends") && mode.contains("allow-list"), "{mode}");
    for (text, key) in [
        ("[admission]\nprojects = [\"nothex\"]", "admission.projects[0]"),
        ("[server]\nhost = \"https://relay\"", "server.host"),
        ("[server]\npublic_mailbox = \"relay\"", "server.public_mailbox"),
        ("[server]\npublic_web = \"relay:443\"", "server.public_web"),
        ("[server]\ndata = \"\"", "server.data"),
        ("[server.tls]\nmode = \"files\"", "server.tls.cert"),
        ("[server.tls]\nmode = \"files\"\ncert = \"a\"", "server.tls.key"),
        ("[server.tls]\nmode = \"acme\"", "server.tls.domains"),
        ("[server.tls]\nmode = \"acme\"\ndomains = [\"a\"]", "server.tls.contact"),
        ("[storage]\nengine = \"nats\"\n[storage.nats]\nreplicas = 2", "storage.nats.replicas"),
        ("[storage]\nengine = \"nats\"\n[storage.nats]\nurl = \"http://a\"", "storage.nats.url"),
        ("[limits]\nconnections = 0", "limits.connections"),
        ("[limits]\nslow_reader = \"0 s\"", "limits.slow_reader"),
        ("[limits]\nrelay_bytes_per_second = \"4 GiB\"", "limits.relay_bytes_per_second"),
        ("[limits]\nqueue_bytes = \"4 KiB\"", "limits.queue_bytes"),
        ("[http]\nhead = \"0 s\"", "http.head"),
        ("[presign]\nvalid = \"11 min\"", "presign.valid"),
        ("[[presign.buckets]]\nproject = \"12\"", "presign.buckets[0].project"),
        ("[logging]\nlevel = \"loud=shout\"", "logging.level"),
    ] {
        let said = error(text);
        assert!(said.contains(&format!("`{key}`")) && said.contains("must"), "{text}: {said}");
    }
}

#[test]
fn a_secret_in_the_file_is_refused_with_the_variable_to_use_and_never_shown() {
    for (text, variable) in [
        ("[storage.nats]\ntoken = \"hush\"", "ENGINUS_RELAY_NATS_TOKEN"),
        ("[storage.nats]\nurl = \"nats://user:hush@host:4222\"", "ENGINUS_RELAY_NATS"),
        ("[admission]\ninvitations = [\"hush\"]", "ENGINUS_RELAY_INVITATIONS"),
        ("[server]\nsecret = \"hush\"", "ENGINUS_RELAY_KEY"),
        ("[server.tls]\nkey = \"-----BEGIN PRIVATE KEY-----hush\"", "server.tls.key"),
        ("[[presign.buckets]]\nsecret_access_key = \"hush\"", "SITE_AWS_SECRET_ACCESS_KEY"),
    ] {
        let said = error(text);
        assert!(said.contains(variable) && !said.contains("hush"), "{said}");
    }
}

#[test]
fn what_is_allowed_but_seldom_meant_is_warned_of() {
    let open = Config::parse("[admission]\nmode = \"open\"").unwrap();
    assert_eq!(open.warnings, [Warning::OpenToAll]);
    let exposed = Config::parse("[http]\nbind = \"0.0.0.0:4434\"").unwrap();
    assert_eq!(exposed.warnings, [Warning::OperatorSideExposed]);
}

#[test]
fn for_trying_out_everything_is_on_loopback_and_below_one_folder() {
    let config = Config::dev(Path::new("/tmp/relay"));
    for bind in [config.server.mailbox, config.server.relay, config.http.bind, config.presign.bind] {
        assert!(bind.ip().is_loopback(), "{bind}");
    }
    assert!(!config.has_tls());
    assert_eq!(config.admission.mode, AdmissionMode::Open);
    for path in [config.store_path(), config.nats_cache_path(), config.acme_cache_path()] {
        assert!(path.starts_with("/tmp/relay"), "{}", path.display());
    }
}
