/**
 * The paper's experiments on any network and data, and what goes beyond them.
 *
 * <table>
 *   <caption>What there is</caption>
 *   <tr><th>class</th><th>in the paper</th></tr>
 *   <tr><td>{@code TableOne}</td><td>Table 1</td></tr>
 *   <tr><td>{@code LayerSweep}</td><td>Figure 2</td></tr>
 *   <tr><td>{@code SizeSweep}</td><td>Figure 3</td></tr>
 *   <tr><td>{@code LayerSearch}</td><td>left to future work there</td></tr>
 *   <tr><td>{@code Stream}</td><td>the cache of Grave et al. (2017) that it
 *   follows</td></tr>
 * </table>
 *
 * <p>Each experiment is made of parts, and a {@code WorkFolder} keeps the result of
 * every part that is finished under a name that follows from all of its settings: what was interrupted goes on where it
 * was, and what is asked for with another setting is another part.
 */
package io.github.afterimage.experiment.paper;
