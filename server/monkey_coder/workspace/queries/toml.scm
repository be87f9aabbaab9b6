(table [(bare_key) (dotted_key) (quoted_key)] @name) @definition.object
(table_array_element [(bare_key) (dotted_key) (quoted_key)] @name) @definition.array
(pair [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key
