/** Fills an index with labelled examples, tunes it, and measures its errors. */
@NullMarked
package io.github.afterimage.model.evaluation;

import org.jspecify.annotations.NullMarked;
