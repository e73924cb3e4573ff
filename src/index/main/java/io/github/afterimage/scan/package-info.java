/** The keys of a pass: filters, and copies of keys that single queries leave out. */
@NullMarked
package io.github.afterimage.scan;

import org.jspecify.annotations.NullMarked;
