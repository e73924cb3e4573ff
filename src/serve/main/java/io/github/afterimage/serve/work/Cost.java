package io.github.afterimage.serve.work;

/**
 * The bytes that a request needs until its answer is sent; known before anything is decoded or computed.
 *
 * @param heapBytes bytes of the Java heap, those of the request and of the answer too
 * @param answerBytes bytes of the answer as it is sent
 * @param remedy what the request may ask less of
 */
public record Cost(long heapBytes, long answerBytes, String remedy) {}
