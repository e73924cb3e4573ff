/** The messages of the Open Inference Protocol, version 2: tensors, requests and answers, as JSON with binary parts. */
@NullMarked
package io.github.afterimage.serve.protocol;

import org.jspecify.annotations.NullMarked;
