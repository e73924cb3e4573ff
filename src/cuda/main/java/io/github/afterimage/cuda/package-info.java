/**
 * Computes the operator on an NVIDIA GPU, for the engine {@code cuda} of {@link io.github.afterimage.Engines}.
 *
 * <p>Keys are on the device if they fit ({@link io.github.afterimage.cuda.DeviceBudget}), otherwise they are streamed
 * through two buffers. A pass takes them in tiles: cuBLAS multiplies, and a kernel of {@code native/cuda} sums exponentials by
 * class while the scores of the tile are in the L2 cache; a kernel that does both for 16-bit keys is used only if a property asks
 * for it ({@link io.github.afterimage.cuda.ClassSumsMethod}). The host computes the
 * rows of each class in a tile ({@link io.github.afterimage.cuda.ClassOrder}, {@link
 * io.github.afterimage.cuda.Slots}), so removed keys and keys in any order need no second kernel.
 *
 * <p>Queries are rounded to the type of the keys; gradients are float32 throughout.
 *
 * <p>The device also reduces keys and queries if the reduction is a product ({@link
 * io.github.afterimage.cuda.ProjectionPass}): it makes a Gaussian matrix from its seed, equal to that of the processor
 * except for the last bit of a float; other matrices are copied. The processor reduces if the device has no memory for the
 * matrix, if it is faster, and for {@code hadamard}, which needs fewer operations than a copy to the device. The processor
 * propagates gradients back through the matrix.
 *
 * <p>Settings are the system properties of {@link io.github.afterimage.cuda.CudaProperties}; {@code native/README.md} has their meanings.
 */
@NullMarked
package io.github.afterimage.cuda;

import org.jspecify.annotations.NullMarked;
