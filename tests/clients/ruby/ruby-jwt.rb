# snippet:verify
require 'json'
require 'jwt'
require 'net/http'

JWKS_URL, ISSUER, AUDIENCE, ALGORITHM = ENV.values_at('JWKS_URL', 'ISSUER', 'AUDIENCE', 'ALGORITHM')

# The keys, fetched again every five minutes.
def keys
  now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  @keys, @fetched = JSON.parse(Net::HTTP.get(URI(JWKS_URL))), now if @keys.nil? || now - @fetched > 300
  @keys
end

def verify(token)
  payload, header = JWT.decode(
    token, nil, true,
    algorithms: [ALGORITHM], jwks: ->(_) { keys },
    iss: ISSUER, verify_iss: true, aud: AUDIENCE, verify_aud: true,
    required_claims: %w[exp]
  )
  raise JWT::DecodeError, 'not an access token' unless header['typ'] == 'at+jwt'
  payload
end
# snippet:end

$stdin.each_line(chomp: true) do |token|
  verify(token)
  puts 'accepted'
rescue StandardError => e
  puts "refused: #{e.class}: #{e.message}".tr("\n", ' ')
end
