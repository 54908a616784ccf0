use super::*;
use crate::parse::Type;
use crate::wire::DecodeError;

const SCHEMA: &str = "
user#1 id:long name:string = User;
userEmpty#2 id:long = User;
inputMedia#3 flags:# live:flags.3?true ttl:flags.0?int video:flags.3?bytes note:flags.0?string = Media;
nested#4 flags:# flags2:flags.1?# a:flags2.0?int b:flags.1?int = Nested;
message#5 id:int body:Object = Message;
container#6 messages:vector<message> = Container;
boxes#7 messages:vector<%Message> users:Vector<User> = Boxes;
list#8 items:Vector<Vector<int>> = List;
deep#9 inner:Deep = Deep;
deepEnd#a = Deep;
all#b i:int l:long d:double s:string y:bytes n:int128 m:int256 o:Bool t:true = All;
---functions---
users.getUsers#10 ids:Vector<long> = Vector<User>;
invokeWithLayer#11 {X:Type} layer:int query:!X = X;
ping#12 id:long = Pong;
";

fn schema() -> Schema {
    Schema::parse(SCHEMA).unwrap()
}

fn message(error: ValueError) -> String {
    error.to_string()
}

#[test]
fn values_and_objects_stay_small() {
    assert!(size_of::<Value>() <= 32, "{}", size_of::<Value>());
    assert!(size_of::<ValueError>() <= 32);
}

#[test]
fn fields_that_share_a_flag_come_together_or_not_at_all() {
    let schema = schema();
    let media = schema.object("inputMedia").unwrap();
    assert_eq!(media.to_bytes().unwrap(), [3, 0, 0, 0, 0, 0, 0, 0]);

    let with_video = media.clone().with("video", vec![1, 2, 3]).unwrap();
    let bytes = with_video.to_bytes().unwrap();
    assert_eq!(bytes, [3, 0, 0, 0, 8, 0, 0, 0, 3, 1, 2, 3]);
    let decoded = schema.decode_object(&bytes).unwrap();
    assert_eq!(decoded.get("live"), Some(&Value::Bool(true)));

    let error = media.clone().with("live", true).unwrap().to_bytes().unwrap_err();
    assert_eq!(
        message(error),
        "inputMedia: `inputMedia` has `live`, and then needs `video` (bytes), too: one flag stands for both"
    );
    let unset = media.with("live", true).unwrap().with("live", false).unwrap();
    assert_eq!(unset.get("live"), None);
}

#[test]
fn flags_that_depend_on_flags_are_there_when_needed() {
    let schema = schema();
    let empty = schema.object("nested").unwrap();
    assert_eq!(empty.to_bytes().unwrap().len(), 8);
    let b = empty.clone().with("b", 5).unwrap();
    assert_eq!(b.to_bytes().unwrap(), [4, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]);
    let both = b.with("a", 6).unwrap();
    assert_eq!(schema.decode_object(&both.to_bytes().unwrap()).unwrap(), both);
    assert!(empty.with("a", 6).unwrap().to_bytes().is_err());
}

#[test]
fn results_follow_the_inner_call() {
    let schema = schema();
    let inner = schema.object("users.getUsers").unwrap().with("ids", vec![Value::Long(1)]).unwrap();
    let call = schema.object("invokeWithLayer").unwrap().with("layer", 5).unwrap();
    assert_eq!(call.result_type(), Type::Object);
    let call = call.with("query", inner).unwrap();
    let call =
        schema.object("invokeWithLayer").unwrap().with("layer", 6).unwrap().with("query", call).unwrap();
    assert_eq!(call.result_type(), Type::Vector(Box::new(Type::Boxed("User".to_owned()))));
    assert_eq!(schema.decode_object(&call.to_bytes().unwrap()).unwrap(), call);

    let user = schema.object("userEmpty").unwrap().with("id", 9_i64).unwrap();
    let bytes = schema.encode_as(&vec![Value::Object(user)].into(), &call.result_type()).unwrap();
    let result = schema.decode_result(&call, &bytes).unwrap();
    assert_eq!(format!("{result:?}"), "[UserEmpty { id: 9 }]");
}

#[test]
fn bare_objects_mean_those_of_their_own_text() {
    let mut schema = schema();
    schema.extend("message#55 text:string = Message; messageEmpty#56 = Message;").unwrap();
    assert_eq!(schema.definition("message").unwrap().id, 0x55);
    assert_eq!(schema.definition("message#5").unwrap().id, 5);
    for (id, more) in [(6, vec![]), (7, vec![0x15, 0xc4, 0xb5, 0x1c, 0, 0, 0, 0])] {
        let mut bytes = vec![id, 0, 0, 0, 1, 0, 0, 0, 77, 0, 0, 0, 0xb5, 0x75, 0x72, 0x99];
        bytes.extend(more);
        let container = schema.decode_object(&bytes).unwrap();
        let item = container.get("messages").unwrap().as_vector().unwrap()[0].as_object().unwrap();
        assert_eq!((item.id(), item.get("id"), item.get("body")), (5, Some(&77.into()), Some(&true.into())));
        assert_eq!(container.to_bytes().unwrap(), bytes);
        let json = schema.to_json(&container.clone().into()).unwrap();
        let back = schema.from_json(&Type::Object, &json).unwrap();
        assert_eq!(back, Value::Object(container));
    }
    let error = Schema::parse("a#1 = A; b#2 c:c = B;").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1: the bare type `c` of `b` has to name exactly one constructor of the schema"
    );
}

#[test]
fn older_texts_add_ids_and_leave_names_alone() {
    let mut schema = schema();
    schema.extend_older("user#21 id:int = User; gone#22 = User;").unwrap();
    assert_eq!(schema.definition("user").unwrap().id, 1);
    assert_eq!(schema.definition("gone").unwrap().id, 0x22);
    let old = schema.decode_object(&[0x21, 0, 0, 0, 5, 0, 0, 0]).unwrap();
    let json = schema.to_json(&old.clone().into()).unwrap();
    assert_eq!(json.to_string(), r#"{"_":"user#00000021","id":5}"#);
    assert_eq!(schema.from_json(&old.result_type(), &json).unwrap(), Value::Object(old));
}

#[test]
fn errors_of_decoding_say_where() {
    let schema = schema();
    let vector = [0x15, 0xc4, 0xb5, 0x1c];
    let bytes = [&[7, 0, 0, 0, 0, 0, 0, 0][..], &vector, &[1, 0, 0, 0, 9, 0, 0, 0]].concat();
    let error = schema.decode_object(&bytes).unwrap_err();
    assert_eq!(*error.kind, ValueErrorKind::Decode(DecodeError::UnexpectedConstructor { id: 9 }));
    assert_eq!(error.path.to_string(), "Object.users[0]");
    let error = schema.decode_object(&[0xa, 0, 0, 0, 1]).unwrap_err();
    assert_eq!(*error.kind, ValueErrorKind::Decode(DecodeError::TrailingBytes { count: 1 }));
    let huge = [&[8, 0, 0, 0][..], &vector, &[0, 0, 0, 0x80]].concat();
    let error = schema.decode_object(&huge).unwrap_err();
    assert_eq!(*error.kind, ValueErrorKind::Decode(DecodeError::VectorTooLong { count: 1 << 31 }));
    assert_eq!(error.path.to_string(), "Object.items");
}

#[test]
fn errors_of_encoding_say_where() {
    let schema = schema();
    let list = |items: Vec<Value>| schema.object("list").unwrap().with("items", items).unwrap().to_bytes();
    let error = list(vec![vec![Value::Int(1), Value::Long(2)].into()]).unwrap_err();
    assert_eq!(message(error), "list.items[0][1]: expected an int, given a long");
    let error = schema.object("userEmpty").unwrap().to_bytes().unwrap_err();
    assert_eq!(message(error), "userEmpty: `userEmpty` needs the field `id` (long)");
    let long = schema.object("user").unwrap().with("id", 1_i64).unwrap();
    let error = long.with("name", "x".repeat(1 << 24)).unwrap().to_bytes().unwrap_err();
    assert!(message(error).starts_with("user.name: a field of 16777216 bytes does not fit"));

    let mut deep = schema.object("deepEnd").unwrap();
    for _ in 0..80 {
        deep = schema.object("deep").unwrap().with("inner", deep).unwrap();
    }
    assert_eq!(*deep.to_bytes().unwrap_err().kind, ValueErrorKind::TooDeep);
    assert_eq!(*schema.to_json(&deep.into()).unwrap_err().kind, ValueErrorKind::TooDeep);
}

#[test]
fn invalid_utf8_is_replaced() {
    let mut bytes = schema().object("user").unwrap().with("id", 1_i64).unwrap().with("name", "ab").unwrap();
    let mut wire = bytes.to_bytes().unwrap();
    wire[14] = 0xff;
    bytes.set("name", "a\u{fffd}").unwrap();
    assert_eq!(schema().decode_object(&wire).unwrap(), bytes);
}

#[test]
fn debug_prints_like_rust_and_hides_what_it_is_told() {
    use std::fmt;
    struct Shown<'a>(&'a Schema, &'a [u8]);
    impl fmt::Debug for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            debug::fmt(self.0, self.1, &Type::Object, &|name, field| (name, field) == ("user", "name"), f)
        }
    }
    let schema = schema();
    let user = schema.object("user").unwrap().with("id", 1_i64).unwrap().with("name", "Ann").unwrap();
    let boxes = schema.object("boxes").unwrap().with("messages", vec![Value::from(user.clone())]).unwrap();
    assert_eq!(
        boxes.with("users", vec![Value::from(user.clone())]).unwrap().to_bytes().unwrap_err().to_string(),
        "boxes.messages[0]: expected an object of type `%Message`, given the object `user`"
    );
    let bytes = user.to_bytes().unwrap();
    assert_eq!(format!("{:?}", Shown(&schema, &bytes)), "User { id: 1, name: [redacted] }");
    assert_eq!(format!("{:#?}", Shown(&schema, &bytes)), "User {\n    id: 1,\n    name: [redacted],\n}");
    assert_eq!(
        format!("{:?}", Shown(&schema, &[9, 9, 9, 9, 9])),
        "<5 bytes that are not a value: Object: constructor 0x09090909 does not belong to the expected type: \
         the sender uses another API layer, or the bytes are not of this type>"
    );
    assert_eq!(format!("{:?}", Value::from(vec![1_u8, 2])), "<2 bytes 0102>");
    assert_eq!(format!("{:?}", Value::from(vec![0xfe_u8; 99])), "<99 bytes fefefefefefefefe…>");
}
