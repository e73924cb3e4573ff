/**
 * What an index does, as Micrometer meters; the only package that needs {@code io.micrometer:micrometer-core}, which is
 * optional.
 */
@NullMarked
package io.github.afterimage.metrics;

import org.jspecify.annotations.NullMarked;
