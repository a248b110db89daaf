# snippet:verify
use strict;
use warnings;
use Crypt::JWT qw(decode_jwt);
use HTTP::Tiny;
use JSON::PP qw(decode_json);

my ($keys, $fetched);

# The keys, fetched again every five minutes.
sub keys_of {
    my ($url) = @_;
    if (!$keys || time - $fetched > 300) {
        my $answer = HTTP::Tiny->new(timeout => 5)->get($url);
        die "JWKS: $answer->{status} $answer->{reason}\n" unless $answer->{success};
        ($keys, $fetched) = (decode_json($answer->{content}), time);
    }
    return $keys;
}

sub verify {
    my ($token) = @_;
    my ($header, $payload) = decode_jwt(
        token         => $token,
        kid_keys      => keys_of($ENV{JWKS_URL}),
        accepted_alg  => $ENV{ALGORITHM},
        verify_iss    => sub { $_[0] eq $ENV{ISSUER} },
        verify_aud    => sub { $_[0] eq $ENV{AUDIENCE} },
        verify_exp    => 1,
        decode_header => 1,
    );
    die "not an access token\n" if ($header->{typ} // '') ne 'at+jwt';
    return $payload;
}
# snippet:end

$| = 1;
while (my $token = <STDIN>) {
    chomp $token;
    if (eval { verify($token); 1 }) {
        print "accepted\n";
    } else {
        print "refused: ", $@ =~ s/\s+/ /gr, "\n";
    }
}
