(pair key: (string) @name value: (object)) @definition.object
(pair key: (string) @name value: (array)) @definition.array
(pair key: (string) @name) @definition.key
