/**
 * Answers many callers: {@link io.github.afterimage.serving.Batcher} puts the queries of many callers into batches, within deadlines and
 * a bounded queue, and replaces its index while it answers. A {@code Dispatcher} does so for any kind of request.
 */
@NullMarked
package io.github.afterimage.serving;

import org.jspecify.annotations.NullMarked;
