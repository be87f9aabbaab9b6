(class_specifier name: (_) @name body: (_)) @definition.class
(namespace_definition name: (_) @name) @definition.module
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
(function_definition declarator: (function_declarator declarator: [(field_identifier) (destructor_name) (operator_name) (qualified_identifier)] @name)) @definition.method
(function_definition declarator: (reference_declarator (function_declarator declarator: [(identifier) (field_identifier) (operator_name) (qualified_identifier)] @name))) @definition.method
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: [(field_identifier) (qualified_identifier)] @name))) @definition.method
(field_declaration declarator: (function_declarator declarator: (field_identifier) @name)) @definition.method
(call_expression function: [(qualified_identifier name: (identifier) @name) (template_function name: (identifier) @name)]) @reference.call
(new_expression type: (type_identifier) @name) @reference.call
