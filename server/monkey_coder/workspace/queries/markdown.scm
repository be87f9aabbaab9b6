(section (atx_heading heading_content: (_) @name)) @definition.heading
(section (setext_heading heading_content: (_) @name)) @definition.heading
