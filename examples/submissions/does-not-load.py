"""Forgot to send the file that holds the layers."""

from my_layers import DenseBlock


def build_model():
    return DenseBlock(784, 64, 64, 10)
