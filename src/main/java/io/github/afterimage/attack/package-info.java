/**
 * Adversarial attacks on any classifier, with the definitions of Foolbox that the paper used: fast gradient sign, iterative
 * gradient sign, single pixel and Gaussian blur; and projected gradient descent with restarts, which is stronger.
 *
 * <p>As in Foolbox 1 and in the paper's code, eminorhan/simple-cache: 50 values of ε or σ; for FGSM up to 0.5, with 20
 * finer ones after an early success; a blur along height and width only, cut off at 4 σ, then clipped to the bounds; at most
 * 1,000 pixels in random order, the least value before the greatest; all in the network's normalised space, against the
 * class that the model itself says. One thing differs on purpose: the version of the paper's code that was published first hands
 * Foolbox the first summand of the mixture, (1 - λ) p_net, as if these were logits, and a later one the mixture; here the
 * mixture itself is attacked.
 *
 * <p>Images are rows of floats in a {@link io.github.afterimage.attack.Space}; an attack looks for the smallest change, in
 * the Euclidean norm, that makes the classifier say another class than it says of the image itself. Imports nothing of the
 * project.
 */
package io.github.afterimage.attack;
