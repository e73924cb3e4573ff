/** Index files: header, sections, saving, checks and repair. */
@NullMarked
package io.github.afterimage.file;

import org.jspecify.annotations.NullMarked;
