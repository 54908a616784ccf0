//! Puts the facts together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chappe_tl::parse::{Kind, parse};

use super::tables::Unlisted;
use super::{
    Callers, Constructor, ErrorInfo, Layers, Method, MethodError, Model, ModelError, Origin, TypeInfo,
    secret, tables,
};

pub(super) fn load() -> Result<Model, ModelError> {
    let mut facts = tables::methods()?;
    let layers = tables::layers()?;
    let mut history = tables::history()?;
    let wrappers = chappe_server::wrappers();
    let served: HashSet<&str> =
        chappe_server::implemented_methods().into_iter().chain(wrappers.iter().copied()).collect();
    let server_errors = tables::server_errors()?;
    let unlisted = tables::unlisted_errors()?;

    let (mut methods, mut constructors) = (Vec::new(), Vec::new());
    for (origin, file, text) in
        [(Origin::Api, "api.tl", chappe_api::API_TL), (Origin::Mtproto, "mtproto.tl", chappe_api::MTPROTO_TL)]
    {
        for definition in parse(text).map_err(|source| ModelError::Schema { file, source })? {
            let definition = Arc::new(definition);
            let is_api = origin == Origin::Api;
            let layers = is_api.then(|| layers.get(&definition.id).cloned().unwrap_or_else(Layers::whole));
            let other_shapes = is_api.then(|| history.remove(&definition.name)).flatten().unwrap_or_default();
            if definition.kind == Kind::Type {
                constructors.push(Constructor { origin, definition, layers, section: None, other_shapes });
                continue;
            }
            let fact = is_api.then(|| facts.remove(&definition.name)).flatten();
            let (callers, mut errors) =
                fact.map_or((Callers::Unknown, Vec::new()), |it| (it.callers, it.errors));
            for name in server_errors.get(&definition.name).into_iter().flatten() {
                let code = [&*definition.name, "*"].iter().find_map(|key| unlisted.get(*key)?.get(name));
                if let Some(code) = code.filter(|_| errors.iter().all(|it| it.name != *name)) {
                    errors.push(MethodError { code: *code, name: name.clone() });
                }
            }
            errors.sort_by(|a, b| (a.code, &a.name).cmp(&(b.code, &b.name)));
            // The protocol itself is what the server and the client are made of.
            let served = !is_api || served.contains(&*definition.name);
            methods.push(Method { origin, definition, layers, other_shapes, callers, errors, served });
        }
    }
    constructors.extend(secret::constructors()?);

    let types = types(&constructors);
    let errors = errors(&methods, &unlisted)?;
    Ok(Model {
        method_names: places(&methods, |it| it.name().to_owned()),
        constructor_names: places(&constructors, |it| (it.origin, it.name().to_owned())),
        type_names: places(&types, |it| (it.origin, it.name.clone())),
        error_names: places(&errors, |it| it.name.clone()),
        methods,
        constructors,
        types,
        errors,
        server_errors,
    })
}

fn types(constructors: &[Constructor]) -> Vec<TypeInfo> {
    let mut types: BTreeMap<(Origin, String), Vec<usize>> = BTreeMap::new();
    for (place, constructor) in constructors.iter().enumerate() {
        types.entry((constructor.origin, constructor.type_name())).or_default().push(place);
    }
    let info = |((origin, name), constructors)| TypeInfo { origin, name, constructors };
    types.into_iter().map(info).collect()
}

fn errors(methods: &[Method], unlisted: &Unlisted) -> Result<Vec<ErrorInfo>, ModelError> {
    let mut errors: BTreeMap<String, (Vec<i32>, Vec<usize>)> =
        tables::errors()?.into_iter().map(|(name, codes)| (name, (codes, Vec::new()))).collect();
    for (name, code) in unlisted.values().flatten() {
        // Also what only our server says.
        let (codes, _) = errors.entry(name.clone()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    for (place, method) in methods.iter().enumerate() {
        for error in &method.errors {
            let (codes, users) = errors.entry(error.name.clone()).or_default();
            if !codes.contains(&error.code) {
                codes.push(error.code);
            }
            users.push(place);
        }
    }
    let info = |(name, (codes, methods))| ErrorInfo { name, codes, methods };
    Ok(errors.into_iter().map(info).collect())
}

fn places<T, K: Eq + std::hash::Hash>(items: &[T], key: impl Fn(&T) -> K) -> HashMap<K, usize> {
    items.iter().enumerate().map(|(place, item)| (key(item), place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_of_the_schema_are_complete() {
        let model = Model::load().unwrap();
        let of = |origin| move |it: &&Method| it.origin == origin;
        assert_eq!(model.methods().iter().filter(of(Origin::Api)).count(), 859);
        assert_eq!(model.methods().iter().filter(of(Origin::Mtproto)).count(), 10);
        assert!(
            model.constructors().len() > 1_800 && model.types().len() > 690 && model.errors().len() > 800
        );

        let method = model.method("messages.sendEncryptedService").unwrap();
        assert_eq!((method.callers, method.served, method.errors.len()), (Callers::Users, true, 8));
        assert!(
            method.layers.as_ref().is_some_and(Layers::is_from_the_start) && method.other_shapes.is_empty()
        );
        let error = model.error("ENCRYPTION_DECLINED").unwrap();
        assert!(model.methods_with(error).any(|it| it.name() == method.name()));

        let channel = model.constructor(Origin::Api, "channel").unwrap();
        assert!(channel.other_shapes.len() > 8 && channel.other_shapes[0].layers.is_from_the_start());
        let message = model.constructor(Origin::Secret, "decryptedMessage").unwrap();
        assert_eq!((message.definition.id, message.other_shapes.len()), (0x91cc_4674, 3));
        // What came from the cloud is newer, and not for sending.
        let video = model.constructor(Origin::Secret, "documentAttributeVideo").unwrap();
        assert_eq!((video.definition.id, video.other_shapes.len()), (0x0ef0_2ce6, 4));
        assert!(!model.method("payments.getStarsStatus").unwrap().served);
    }

    #[test]
    fn what_the_server_gives_beyond_the_list_is_an_error_of_the_method() {
        let model = Model::load().unwrap();
        let gives = |method: &str, error: &str| {
            let listed = model.method(method).unwrap().errors.iter().any(|it| it.name == error);
            listed && model.is_served_error(method, error)
        };
        for (method, error) in [
            ("auth.signIn", "SESSION_PASSWORD_NEEDED"),
            ("messages.sendEncrypted", "USER_DELETED"),
            ("messages.sendEncryptedFile", "DATA_INVALID"),
            ("messages.acceptEncryption", "DH_G_A_INVALID"),
            ("messages.uploadEncryptedFile", "MD5_CHECKSUM_INVALID"),
            ("account.getTmpPassword", "SRP_ID_INVALID"),
            ("messages.sendEncryptedService", "MSG_WAIT_FAILED"),
            ("messages.sendMedia", "FILE_REFERENCE_EXPIRED"),
        ] {
            assert!(gives(method, error), "{method}: {error}");
        }
        assert!(!gives("messages.sendMessage", "ENCRYPTION_DECLINED"));
        for error in ["MEDIA_INVALID", "TTL_MEDIA_INVALID", "BUTTON_DATA_INVALID", "MSG_WAIT_TIMEOUT"] {
            assert!(model.is_error_of_server(error), "{error}");
        }
        // What is not served has a page, too, though nobody else says it.
        let error = model.error("METHOD_NOT_IMPLEMENTED").unwrap();
        assert!(error.codes == [400] && model.is_error_of_server(&error.name));
    }

    #[test]
    fn the_server_answers_the_wrappers() {
        let model = Model::load().unwrap();
        for name in ["initConnection", "invokeWithLayer", "invokeAfterMsg", "invokeWithTakeout"] {
            assert!(model.method(name).unwrap().served, "{name}");
        }
    }
}
