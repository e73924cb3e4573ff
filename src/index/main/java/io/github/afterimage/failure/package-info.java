/** The failures of an index that callers tell apart. Each message has the value, its place, and a remedy. */
@NullMarked
package io.github.afterimage.failure;

import org.jspecify.annotations.NullMarked;
