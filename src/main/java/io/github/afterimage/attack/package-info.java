/**
 * Adversarial attacks on any classifier, with the definitions of Foolbox that the paper used: fast gradient sign, iterative
 * gradient sign, single pixel and Gaussian blur; and projected gradient descent with restarts, which is stronger.
 *
 * <p>Images are rows of floats in a {@link io.github.afterimage.attack.Space}; an attack looks for the smallest change, in
 * the Euclidean norm, that makes the classifier say another class than it says of the image itself. Imports nothing of the
 * project.
 */
package io.github.afterimage.attack;
