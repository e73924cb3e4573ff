/**
 * Publishes the activity of an index as Micrometer meters; the only package that needs {@code io.micrometer:micrometer-core},
 * which is optional.
 */
@NullMarked
package io.github.afterimage.metrics;

import org.jspecify.annotations.NullMarked;
