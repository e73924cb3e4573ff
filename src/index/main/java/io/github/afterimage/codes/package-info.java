/** Sketches: principal components of keys, rounded to a few bits. */
@NullMarked
package io.github.afterimage.codes;

import org.jspecify.annotations.NullMarked;
