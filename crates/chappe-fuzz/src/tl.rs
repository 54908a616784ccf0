//! TL: generated types, dynamic values, JSON and schema texts.

use std::fmt::Debug;
use std::sync::OnceLock;

use chappe_api::{enums, functions, mtproto, secret, types};
use chappe_tl::dynamic::{Schema, ValueErrorKind};
use chappe_tl::parse::{Definition, Kind, Type, definitions, parse};
use chappe_tl::{Bytes, Decode, DecodeError, Encode, constructor_id};

use crate::input::Input;

/// Older shapes than the API's own, for a schema with several texts.
const HISTORY_TL: &str = include_str!("../../../schema/history.tl");

fn api() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema::parse(chappe_api::API_TL).unwrap())
}

fn secret() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema::parse(chappe_api::SECRET_TL).unwrap())
}

fn everything() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = Schema::parse(chappe_api::MTPROTO_TL).unwrap();
        schema.extend(chappe_api::SECRET_TL).unwrap();
        schema.extend(chappe_api::API_TL).unwrap();
        schema.extend_older(HISTORY_TL).unwrap();
        schema
    })
}

/// Reads, writes, reads again: the second time must give the same bytes.
fn round_trip<T: Decode + Encode + Debug>(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let value = T::from_bytes(bytes)?;
    let written = value.to_bytes().expect("what was read cannot be written");
    let again = T::from_bytes(&written).expect("what was written cannot be read");
    assert_eq!(again.to_bytes().unwrap(), written, "the second writing differs");
    if bytes.len() < 4096 {
        assert!(!format!("{value:?}").is_empty());
    }
    Ok(written)
}

/// A generated type and the dynamic decoder take the same bytes, and write the same.
fn agree<T: Decode + Encode + Debug>(schema: &Schema, ty: Type, bytes: &[u8]) {
    let typed = round_trip::<T>(bytes);
    let dynamic = schema.decode(bytes, &ty).map_err(|error| *error.kind);
    // The two count nesting differently near the limit.
    let too_deep = typed == Err(DecodeError::TooDeep)
        || matches!(dynamic, Err(ValueErrorKind::Decode(DecodeError::TooDeep)));
    match (typed, dynamic) {
        (Ok(typed), Ok(dynamic)) => {
            let written = schema.encode_as(&dynamic, &ty).expect("what was read cannot be written");
            assert_eq!(written, typed, "{ty}: {dynamic:?}");
        }
        (Err(_), Err(_)) => {}
        (typed, dynamic) => assert!(too_deep, "{ty}: the type says {typed:?}, the schema {dynamic:?}"),
    }
}

/// A method: as [`agree`], for bytes that begin with its id.
fn agree_on_call<T: Decode + Encode + Debug + chappe_tl::Function>(bytes: &[u8]) {
    match bytes.first_chunk() {
        Some(id) if u32::from_le_bytes(*id) == T::CONSTRUCTOR_ID => {
            agree::<T>(api(), Type::Query("X".to_owned()), bytes);
        }
        _ => assert!(T::from_bytes(bytes).is_err()),
    }
}

macro_rules! table {
    ($($schema:ident $name:literal $type:ty;)*) => {
        /// Types with their names in a schema.
        const COMPARED: &[fn(&[u8])] = &[$(
            |bytes| agree::<$type>($schema(), Type::Boxed($name.to_owned()), bytes),
        )*];
        /// Those names, in the order of the first byte of the input of [`tl`].
        pub const COMPARED_NAMES: &[&str] = &[$($name),*];
    };
}

table! {
    api "Updates" enums::Updates;
    api "Update" enums::Update;
    api "updates.Difference" enums::updates::Difference;
    api "Message" enums::Message;
    api "messages.Messages" enums::messages::Messages;
    api "messages.Dialogs" enums::messages::Dialogs;
    api "User" enums::User;
    api "Chat" enums::Chat;
    api "MessageMedia" enums::MessageMedia;
    api "MessageEntity" enums::MessageEntity;
    api "ReplyMarkup" enums::ReplyMarkup;
    api "RichText" enums::RichText;
    api "PageBlock" enums::PageBlock;
    api "WebPage" enums::WebPage;
    api "JSONValue" enums::JsonValue;
    api "InputPeer" enums::InputPeer;
    api "InputMedia" enums::InputMedia;
    api "Document" enums::Document;
    api "EncryptedChat" enums::EncryptedChat;
    api "EncryptedMessage" enums::EncryptedMessage;
    api "messages.DhConfig" enums::messages::DhConfig;
    api "auth.SentCode" enums::auth::SentCode;
    api "auth.Authorization" enums::auth::Authorization;
    api "Config" types::Config;
    secret "DecryptedMessage" secret::enums::DecryptedMessage;
    secret "DecryptedMessageLayer" secret::types::DecryptedMessageLayer;
    secret "DecryptedMessageMedia" secret::enums::DecryptedMessageMedia;
    secret "DecryptedMessageAction" secret::enums::DecryptedMessageAction;
}

/// Methods, base types and types that hold raw objects.
const OTHERS: &[fn(&[u8])] = &[
    |bytes| agree_on_call::<functions::messages::SendMessage>(bytes),
    |bytes| agree_on_call::<functions::messages::SendMedia>(bytes),
    |bytes| agree_on_call::<functions::messages::SendEncryptedService>(bytes),
    |bytes| agree_on_call::<functions::contacts::ImportContacts>(bytes),
    |bytes| agree_on_call::<functions::auth::SignIn>(bytes),
    |bytes| agree_on_call::<functions::updates::GetDifference>(bytes),
    |bytes| agree::<Vec<enums::User>>(api(), Type::Vector(Box::new(Type::Boxed("User".to_owned()))), bytes),
    |bytes| agree::<Vec<i64>>(api(), Type::Vector(Box::new(Type::Long)), bytes),
    |bytes| agree::<Vec<Bytes>>(api(), Type::Vector(Box::new(Type::Bytes)), bytes),
    |bytes| agree::<String>(api(), Type::String, bytes),
    |bytes| drop(round_trip::<mtproto::types::ResPq>(bytes)),
    |bytes| drop(round_trip::<mtproto::types::ServerDhInnerData>(bytes)),
    |bytes| drop(round_trip::<mtproto::types::ClientDhInnerData>(bytes)),
    |bytes| drop(round_trip::<mtproto::types::FutureSalts>(bytes)),
    |bytes| drop(round_trip::<mtproto::types::RpcResult>(bytes)),
    |bytes| drop(round_trip::<mtproto::types::MsgContainer>(bytes)),
    |bytes| drop(round_trip::<mtproto::enums::BadMsgNotification>(bytes)),
];

/// Generated types. The first byte chooses one, the rest is the object.
///
/// What is read can be written, and reads and writes the same from then on; the dynamic decoder takes exactly the same
/// bytes and writes exactly the same.
pub fn tl(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let index = usize::from(*choice) % (COMPARED.len() + OTHERS.len());
    let check = COMPARED.get(index).or_else(|| OTHERS.get(index - COMPARED.len()));
    check.unwrap()(bytes);
}

/// Dynamic values. The first byte chooses the schema, the rest is an object.
///
/// What is read can be written, and reads the same again; as JSON it comes back as the same bytes.
pub fn tl_dynamic(data: &[u8]) {
    let mut input = Input::new(data);
    let schema = [everything, api, secret][usize::from(input.u8()) % 3]();
    let bytes = input.rest();
    let Ok(object) = schema.decode_object(bytes) else { return };
    let written = object.to_bytes().expect("what was read cannot be written");
    assert_eq!(schema.encode(&object).unwrap(), written);
    let again = schema.decode_object(&written).expect("what was written cannot be read");
    assert_eq!(again.to_bytes().unwrap(), written);
    assert!(!format!("{object:?}").is_empty());
    if let Ok(json) = schema.to_json(&object.clone().into()) {
        let value = schema.from_json(&Type::Object, &json).expect("what was printed cannot be read");
        assert_eq!(schema.encode_as(&value, &Type::Object).unwrap(), written, "{json}");
    }
    if object.definition().kind == Kind::Function {
        let _ = schema.decode_result(&object, bytes.get(4..).unwrap_or_default());
    }
}

/// JSON. The first byte chooses the schema, the rest is a JSON text: an object, or arguments of `messages.sendMedia`.
///
/// What is taken encodes, decodes, and prints as JSON that is taken again with the same bytes.
pub fn tl_json(data: &[u8]) {
    let mut input = Input::new(data);
    let schema = [everything, api, secret][usize::from(input.u8()) % 3]();
    let Ok(json) = serde_json::from_slice(input.rest()) else { return };
    if let Err(error) = schema.from_json_call("messages.sendMedia", &json) {
        assert!(!error.to_string().is_empty());
    }
    let Ok(value) = schema.from_json(&Type::Object, &json) else { return };
    let Ok(bytes) = schema.encode_as(&value, &Type::Object) else { return };
    let decoded = schema.decode(&bytes, &Type::Object).expect("what was written cannot be read");
    let printed = schema.to_json(&decoded).expect("what came from JSON does not print as JSON");
    let again = schema.from_json(&Type::Object, &printed).expect("what was printed cannot be read");
    assert_eq!(schema.encode_as(&again, &Type::Object).unwrap(), bytes, "{printed}");
}

/// Definitions as the text of a schema.
fn print(definitions: &[Definition]) -> String {
    let mut text = String::new();
    for definition in definitions {
        if let Some(layer) = definition.layer {
            text.push_str(&format!("\n// LAYER {layer}\n"));
        }
        text.push_str(match definition.kind {
            Kind::Type => "---types---\n",
            Kind::Function => "---functions---\n",
        });
        text.push_str(&definition.to_string());
        text.push('\n');
    }
    text
}

/// What must survive printing.
fn essence(definition: &Definition) -> Definition {
    Definition { explicit_id: true, line: 0, ..definition.clone() }
}

/// Schema texts, up to a zero byte; what follows it is decoded by that schema.
///
/// Definitions print in a form that parses to the same ones, ids are those of the printed line, and no schema makes the
/// decoder run away.
pub fn schema_text(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (text, bytes) = data.split_at(end);
    let text = String::from_utf8_lossy(text);
    // Every error is one item: it ends.
    assert!(definitions(&text).count() <= text.len() + 1);
    let Ok(parsed) = parse(&text) else { return };
    for definition in parsed.iter().filter(|definition| !definition.explicit_id) {
        assert_eq!(constructor_id(&definition.to_string()), definition.id, "{definition}");
    }
    let printed = print(&parsed);
    let again = parse(&printed).unwrap_or_else(|error| panic!("{error}\n{printed}"));
    assert!(again.iter().map(essence).eq(parsed.iter().map(essence)), "{printed}");
    // A schema is not hostile: definitions that hold each other without bytes take exponential time.
    let small = parsed.len() <= 3 && text.len() <= 200;
    let mut schema = Schema::new();
    if schema.extend_with(parsed).is_ok()
        && small
        && let Ok(object) = schema.decode_object(bytes.get(1..).unwrap_or_default())
    {
        let _ = object.to_bytes();
        let _ = schema.to_json(&object.into());
    }
}
