// Values that no field of a message should be trusted with. As JSON text: some can't be written as objects.

/** Longer than any field needs to be, shorter than a message may be. */
const LONG = 100_000;

export const BAD_VALUES: readonly string[] = [
  "null",
  "0",
  "-0",
  "-1",
  "1e308",
  "1e999",
  "9007199254740993",
  "true",
  "false",
  '""',
  '" "',
  "[]",
  "[null]",
  "[[[]]]",
  '["jsongle",{}]',
  "{}",
  '{"":""}',
  '{"toString":1,"valueOf":null}',
  '{"toJSON":1}',
  '{"then":1}',
  '{"length":-1}',
  '{"length":4294967296}',
  '{"__proto__":{"uid":"polluted","polluted":true}}',
  '{"__proto__":null}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"uid":"u","error":"badParameters","details":"x"}',
  '{"uid":"u","error":"nothing","details":{}}',
  '{"_placeholder":true,"num":0}',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"\\u0000"',
  '"a\\u0000b\\r\\n\\t\\u001b[2J"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\u2028\\u2029\\ufeff"',
  '"*"',
  '"../../etc/passwd"',
  '"%s%n%x"',
  '"jsongle-server"',
];

export const LONG_VALUE: string = JSON.stringify("x".repeat(LONG));
