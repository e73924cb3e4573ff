/**
 * Reads labelled images, and features that other programs computed.
 *
 * <p>One string names data: {@code KIND:PATH}, optionally followed by a part after {@code #}.
 *
 * <table>
 * <caption>specifications</caption>
 * <tr><th>specification</th><th>data</th></tr>
 * <tr><td>{@code cifar10:PATH#train}, {@code #test}</td><td>CIFAR-10 in its binary layout: the folder, the folder above
 *     it, or the official {@code cifar-10-binary.tar.gz}</td></tr>
 * <tr><td>{@code cifar100:PATH#train}, {@code #test}</td><td>CIFAR-100 in the same forms, with its 100 fine labels</td></tr>
 * <tr><td>{@code images:DIR}</td><td>one sub-folder for each class, sorted by name, or matched by name to the classes
 *     of an index; {@code DIR/classes.txt}, or that file beside {@code DIR}, may have words for names that say nothing:
 *     {@code n01855672 goose} calls a class {@code goose (n01855672)}</td></tr>
 * <tr><td>{@code npz:FILE}</td><td>arrays {@code images} (n,3,h,w) or (n,h,w,3) and {@code labels} (n)</td></tr>
 * <tr><td>{@code features:FILE}</td><td>safetensors or .npz with {@code features} (n,d), {@code labels} (n) and,
 *     optionally, {@code probabilities} (n,c)</td></tr>
 * </table>
 *
 * <p>A range of rows, end exclusive, follows in brackets: {@code #train[0:45000]}, {@code #test[5000:]},
 * {@code images:DIR#[0:100]} or {@code images:DIR[0:100]}. The images of a folder are in a fixed random order, and every range
 * has about the same proportions of classes; other data are in the file's own order.
 *
 * <p>Archives (.tar.gz, .npz) need commons-compress, WebP needs imageio-webp; all are
 * optional dependencies.
 *
 * <p>Errors: a specification that cannot be understood throws {@link java.lang.IllegalArgumentException}, a missing file
 * {@link java.nio.file.NoSuchFileException}, and content that contradicts its format
 * {@link io.github.afterimage.failure.CorruptDataException}. Lengths are checked before anything is allocated. Small files
 * that expand to large data are refused: an image of more than {@code -Dafterimage.maxPixels} (64,000,000) pixels, an array of
 * more than 64 MiB that inflates more than 100 times, a safetensors header of more than 16 MiB or 100,000 tensors, and an
 * archive whose directory is longer than 1 MiB.
 */
@NullMarked
package io.github.afterimage.model.data;

import org.jspecify.annotations.NullMarked;
