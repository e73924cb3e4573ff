/** A server of indexes and models that speaks the Open Inference Protocol, version 2. */
@NullMarked
package io.github.afterimage.serve;

import org.jspecify.annotations.NullMarked;
