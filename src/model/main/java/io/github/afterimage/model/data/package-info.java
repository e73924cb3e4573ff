/**
 * Readers of real data: pictures with labels, and features made elsewhere.
 *
 * <p>Data are named by one string, {@code KIND:PATH} and, where it helps, a part after {@code #}:
 *
 * <table>
 * <caption>specifications</caption>
 * <tr><th>specification</th><th>what it names</th></tr>
 * <tr><td>{@code cifar10:PATH#train}, {@code #test}</td><td>CIFAR-10 in its binary layout: the folder, the folder above
 *     it, or the official {@code cifar-10-binary.tar.gz}</td></tr>
 * <tr><td>{@code cifar100:PATH#train}, {@code #test}</td><td>CIFAR-100 likewise, with its 100 fine labels</td></tr>
 * <tr><td>{@code images:DIR}</td><td>one sub-folder per class, sorted by name, or found by name where an index
 *     names its classes</td></tr>
 * <tr><td>{@code npz:FILE}</td><td>arrays {@code images} (n,3,h,w) or (n,h,w,3) and {@code labels} (n)</td></tr>
 * <tr><td>{@code features:FILE}</td><td>safetensors or .npz with {@code features} (n,d), {@code labels} (n) and,
 *     optionally, {@code probabilities} (n,c)</td></tr>
 * </table>
 *
 * <p>A range of rows, end exclusive, follows in brackets: {@code #train[0:45000]}, {@code #test[5000:]},
 * {@code images:DIR#[0:100]} or {@code images:DIR[0:100]}. The pictures of a folder are in a fixed random order, so that a
 * range has of each class about its share; other data are in the file's own order.
 *
 * <p>Archives (.tar.gz, .npz) need commons-compress, safetensors needs jackson-jr-objects, WebP needs imageio-webp; all are
 * optional dependencies.
 *
 * <p>Errors: a specification that cannot be understood is an {@link java.lang.IllegalArgumentException}, a missing file
 * a {@link java.nio.file.NoSuchFileException}, and content that breaks its format a
 * {@link io.github.afterimage.tensors.CorruptDataException}. Lengths are compared before anything is allocated, and small files
 * that stand for much are refused: a picture of more than {@code -Dafterimage.maxPixels} (64,000,000) pixels, an array of
 * more than 64 MiB that inflates more than 100 times, a safetensors header of more than 16 MiB or 100,000 tensors, and an
 * archive whose directory is longer than 1 MiB.
 */
package io.github.afterimage.model.data;
