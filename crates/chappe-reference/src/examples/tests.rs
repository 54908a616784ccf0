use super::*;

fn methods() -> Vec<Method> {
    let model = Model::load().unwrap();
    model.methods().iter().filter(|method| method.origin == Origin::Api).cloned().collect()
}

#[test]
fn every_method_has_a_call_that_can_be_written_in_each_layer() {
    let mut wrong = Vec::new();
    for method in methods() {
        for layer in [chappe_api::LAYER, GRAMJS_LAYER, TELETHON_LAYER] {
            match call(&method, layer) {
                Ok(Some(call)) => {
                    if let Err(error) = schema(layer).encode(&call) {
                        wrong.push(format!("{layer}: {}: {error}", method.name()));
                    }
                }
                Ok(None) => assert_ne!(layer, chappe_api::LAYER, "{}", method.name()),
                Err(error) => wrong.push(format!("{layer}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_command_line_makes_the_same_call() {
    for method in methods() {
        let Some(call) = call(&method, chappe_api::LAYER).unwrap() else { continue };
        let schema = chappe_api::api_schema();
        let text = shell::arguments(schema, &call, 0);
        assert!(!text.contains('\''), "{}: a quote would end the shell's: {text}", method.name());
        let json = serde_json::from_str(&text).unwrap();
        assert_eq!(schema.from_json_call(method.name(), &json).unwrap(), call);
    }
}

#[test]
fn samples_are_for_fields_that_there_are() {
    let schema = chappe_api::api_schema();
    let mut named = 0;
    for (method, said) in Samples::get().methods() {
        let definition = schema.method(method).unwrap_or_else(|| panic!("there is no {method}"));
        for field in said.as_object().unwrap().keys().filter(|key| !key.ends_with('!')) {
            assert!(definition.param(field).is_some(), "{method} has no {field}");
            named += 1;
        }
    }
    assert!(named > 60);
}

#[test]
fn what_is_run_is_served_and_who_is_refused_says_why() {
    let (mut run, mut refused) = (0, 0);
    for method in methods() {
        for language in Language::ALL {
            match runs::of(&method, language) {
                Run::InCi => {
                    run += 1;
                    assert!(method.served, "{}", method.name());
                }
                Run::Refused { error, because } => {
                    refused += 1;
                    let expected = expected_error(&method).unwrap();
                    assert_eq!((&*error, &*because), expected, "{}", method.name());
                    assert!(method.served && !because.is_empty(), "{}", method.name());
                }
                Run::CompiledOnly | Run::CannotRun { .. } => {}
            }
        }
    }
    assert!(run > 500 && refused > 10, "{run} and {refused}");
}

#[test]
fn the_showpiece_is_the_call_that_the_project_began_with() {
    let model = Model::load().unwrap();
    let examples = for_method(&model, model.method("messages.sendEncryptedService").unwrap());
    let languages: Vec<Language> = examples.iter().map(|example| example.language).collect();
    assert_eq!(languages, Language::ALL);
    let rust = &examples[0].source;
    for part in ["chat_id: 43,", "random_id: -4156887774564,", "data: b\"arbitrary data here"] {
        assert!(rust.contains(part), "{part} in {rust}");
    }
    let runs: Vec<bool> = examples.iter().map(|example| example.run == Run::InCi).collect();
    assert_eq!(runs, [true, true, false, true, true], "TypeScript is type-checked");
}

#[test]
fn what_has_no_example_says_why() {
    let model = Model::load().unwrap();
    let mut without = 0;
    for method in model.methods() {
        let there = for_method(&model, method).len();
        let missing = missing(method);
        let named: usize = missing.iter().map(|it| it.languages.len()).sum();
        assert_eq!(there + named, Language::ALL.len(), "{}", method.name());
        without += named;
    }
    assert!(without > 300, "{without}");
    let ping = model.method("ping").unwrap();
    assert!(request(&model, ping).is_some() && for_method(&model, ping).is_empty());
    let showpiece = missing(model.method("messages.sendEncryptedService").unwrap());
    assert!(showpiece.is_empty(), "{showpiece:?}");
}

#[test]
fn every_method_has_bytes() {
    let model = Model::load().unwrap();
    let without = model.methods().iter().filter(|method| request(&model, method).is_none());
    assert_eq!(without.map(Method::name).collect::<Vec<_>>(), Vec::<&str>::new());
}
