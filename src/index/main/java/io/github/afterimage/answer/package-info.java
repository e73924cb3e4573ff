/**
 * Queries, answers, and the rules that make one answer of a network and a memory: {@link io.github.afterimage.answer.Query}, {@link
 * io.github.afterimage.answer.Answer}, {@link io.github.afterimage.answer.AnswerRule}, and {@link io.github.afterimage.answer.Tuner}, which
 * fits the rule to labelled examples.
 */
@NullMarked
package io.github.afterimage.answer;

import org.jspecify.annotations.NullMarked;
