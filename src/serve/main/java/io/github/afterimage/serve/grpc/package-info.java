/** The gRPC interface of the Open Inference Protocol. */
@NullMarked
package io.github.afterimage.serve.grpc;

import org.jspecify.annotations.NullMarked;
